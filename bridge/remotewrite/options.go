package remotewrite

import (
	"cmp"
	"log/slog"
	"net/http"
	"time"

	"polymeter.dev/metric"
)

// Options are the choices of a [Writer]. The zero value is the default; so is a nil
// *Options. A writer keeps a copy.
type Options struct {
	// Interval is the time from one collection of [Writer.Run] to the next. A
	// collection may also take that long and no longer. The default is 15
	// seconds.
	Interval time.Duration
	// Labels are added to every series that has no label of that name itself,
	// usually "job" and "instance". Without labels that tell two writers apart,
	// their series are the same series to the receiver.
	Labels map[string]string
	// Escaping changes names outside the legacy grammar, for receivers that do
	// not take them. The default, nil, leaves names as they are in version 2.0
	// of the protocol, and writes underscores in 1.0, which has no others.
	Escaping *metric.Escaping
	// ClassicOnly leaves out native buckets, for receivers that do not take
	// them. A histogram that has nothing else is then shown by its +Inf bucket,
	// count and sum.
	ClassicOnly bool
	// Protocol is the version to speak. The default is to find out.
	Protocol Protocol

	// Client sends the requests; its policy for redirects is not used. The
	// default is a client of the writer's own.
	Client *http.Client
	// Header is added to every request, for authorization and tenants. It cannot
	// have the headers that the protocol itself sets.
	Header http.Header
	// Timeout is how long one request may take. The default is 30 seconds.
	Timeout time.Duration

	// BatchSize is how many samples a request has at most. A native bucket and
	// an exemplar count as a sample each. The default is 2000.
	BatchSize int
	// Shards is how many requests may be under way at once. Each series belongs
	// to one shard, so that its samples stay in order. The default is 1.
	Shards int
	// QueueSize is how many samples, counted as in a batch, wait at most while
	// the receiver is away; then the oldest are dropped. One takes up about 60
	// bytes. The default is 500,000.
	QueueSize int
	// MaxAge is how long a sample is sent again and again before it is given
	// up. The default is an hour: a Prometheus refuses what is much older.
	MaxAge time.Duration
	// MinBackoff and MaxBackoff bound the pause before a request is repeated,
	// which doubles each time. The defaults are 250 milliseconds and 10 seconds.
	// A longer pause that the receiver asks for is kept.
	MinBackoff, MaxBackoff time.Duration

	// StopTimeout is how long [Writer.Run] goes on at its end to send what is
	// left. The default is 10 seconds.
	StopTimeout time.Duration
	// KeepAtEnd leaves out the staleness markers that Run sends for all series
	// at its end. It is for programs whose successor goes on with the same
	// labels at once.
	KeepAtEnd bool

	// Logger gets what goes wrong, each kind of message at most once a minute.
	// The default is slog.Default() at the time of each message.
	Logger *slog.Logger
}

// withDefaults returns a copy in which every number is set.
func (o *Options) withDefaults() Options {
	var c Options
	if o != nil {
		c = *o
	}
	c.Interval = orDefault(c.Interval, 15*time.Second)
	c.Timeout = orDefault(c.Timeout, 30*time.Second)
	c.BatchSize = orDefault(c.BatchSize, 2000)
	c.Shards = orDefault(c.Shards, 1)
	c.QueueSize = orDefault(c.QueueSize, 500_000)
	c.MaxAge = orDefault(c.MaxAge, time.Hour)
	c.MinBackoff = orDefault(c.MinBackoff, 250*time.Millisecond)
	c.MaxBackoff = max(orDefault(c.MaxBackoff, 10*time.Second), c.MinBackoff)
	c.StopTimeout = orDefault(c.StopTimeout, 10*time.Second)
	c.Header = c.Header.Clone()
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

// escaping returns the scheme for the names of series.
func (o *Options) escaping() metric.Escaping {
	if o.Escaping == nil {
		return metric.AllowUTF8
	}
	return *o.Escaping
}
