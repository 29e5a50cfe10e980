package metrichttp

import (
	"cmp"
	"log/slog"
	"time"

	"polymeter.dev/exposition"
	"polymeter.dev/metric"
)

// HandlerOptions are the choices of a [Handler]. The zero value is the default;
// so is a nil *HandlerOptions. A handler keeps a copy.
type HandlerOptions struct {
	// Offer limits the formats that clients can ask for.
	Offer *exposition.Offer
	// Encoding is passed to the encoder of every page.
	Encoding *exposition.Options
	// Validation says which names are valid in families of collectors that
	// do not check their families themselves, as a registry does.
	Validation metric.Validation
	// DisableCompression sends every page as it is.
	DisableCompression bool

	// DefaultTimeout is how long a scrape may take when the client does not
	// say, as every client but Prometheus. The default is 10 seconds.
	DefaultTimeout time.Duration
	// MaxTimeout bounds what a client can ask for with the header
	// X-Prometheus-Scrape-Timeout-Seconds. The default is 5 minutes.
	MaxTimeout time.Duration
	// TimeoutOffset is taken off the timeout to leave time for encoding and
	// sending what was collected by then. The default is half a second. When
	// the offset is more than half of the timeout, a tenth of the timeout is
	// taken off instead.
	TimeoutOffset time.Duration

	// MaxInFlight is how many scrapes may be collecting at a time. The
	// default is 4.
	MaxInFlight int
	// MaxWait is how long a scrape waits for others to end before it is
	// refused with status 503. The default is 5 seconds; a scrape's own
	// timeout bounds it as well.
	MaxWait time.Duration

	// DisableSelfMetrics leaves out the metrics about the scrapes themselves.
	DisableSelfMetrics bool
	// Logger gets what goes wrong, each message at most once a minute. The
	// default is slog.Default() at the time of each message.
	Logger *slog.Logger
}

// withDefaults returns a copy in which every number is set.
func (o *HandlerOptions) withDefaults() HandlerOptions {
	var c HandlerOptions
	if o != nil {
		c = *o
	}
	c.MaxTimeout = orDefault(c.MaxTimeout, 5*time.Minute)
	c.DefaultTimeout = min(orDefault(c.DefaultTimeout, 10*time.Second), c.MaxTimeout)
	c.TimeoutOffset = orDefault(c.TimeoutOffset, time.Second/2)
	c.MaxInFlight = orDefault(c.MaxInFlight, 4)
	c.MaxWait = orDefault(c.MaxWait, 5*time.Second)
	return c
}

// orDefault returns v unless it is zero or negative, which nothing here can be.
func orDefault[T cmp.Ordered](v, byDefault T) T {
	var zero T
	if v > zero {
		return v
	}
	return byDefault
}
