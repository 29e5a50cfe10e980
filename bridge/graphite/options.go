package graphite

import (
	"cmp"
	"context"
	"log/slog"
	"net"
	"time"
)

// Options are the choices of a [Bridge]. The zero value is the default; so is a nil
// *Options. A bridge keeps a copy.
type Options struct {
	// Interval is the time from one collection of [Bridge.Run] to the next. A
	// collection may also take that long and no longer. Graphite wants it to be
	// no longer than the finest step that it keeps points for. The default is 30
	// seconds.
	Interval time.Duration
	// Prefix comes before every name, with a dot between them. It may have dots
	// itself; its other characters are letters, digits, and any of "_:-".
	Prefix string
	// Tags writes labels as tags, name;label=value, with values that keep all that
	// Graphite allows. The default is to write them as levels, name.label.value.
	Tags bool
	// Dots keeps the dots of names and label values that are not written as tags:
	// each begins a level. The default is to write them as underscores.
	Dots bool
	// Labels are added to every series that has no label of that name itself,
	// such as "instance". Without labels or a prefix that tell two programs apart,
	// they overwrite each other's points.
	Labels map[string]string
	// Created sends when counters, histograms and summaries began to count, as
	// name_created. The default is not to.
	Created bool

	// Protocol is how to talk to the receiver. The default is Plaintext.
	Protocol Protocol
	// Dial makes the connections, for TLS or a proxy. Connections over TCP must have
	// the method CloseWrite, as those of the packages net and crypto/tls do. The
	// default is a [net.Dialer], which looks up the address for each connection.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
	// Timeout is how long one batch may take, from connecting to its confirmation.
	// The default is 30 seconds.
	Timeout time.Duration

	// BatchSize is how many samples are sent and confirmed together at most. The
	// default is 10,000.
	BatchSize int
	// QueueSize is how many samples wait at most while the receiver is away; then
	// the oldest are dropped. One takes up 32 bytes. The default is 500,000.
	QueueSize int
	// MinBackoff and MaxBackoff bound the pause before a batch is sent again, which
	// doubles each time. The defaults are 250 milliseconds and 10 seconds.
	MinBackoff, MaxBackoff time.Duration
	// StopTimeout is how long [Bridge.Run] goes on at its end to send what is
	// left. The default is 10 seconds.
	StopTimeout time.Duration

	// Logger gets what goes wrong, each kind of message at most once a minute.
	// The default is slog.Default() at the time of each message.
	Logger *slog.Logger
}

// withDefaults returns a copy in which everything is set that needs to be.
func (o *Options) withDefaults() Options {
	var c Options
	if o != nil {
		c = *o
	}
	c.Interval = orDefault(c.Interval, 30*time.Second)
	c.Timeout = orDefault(c.Timeout, 30*time.Second)
	c.BatchSize = orDefault(c.BatchSize, 10_000)
	c.QueueSize = orDefault(c.QueueSize, 500_000)
	c.MinBackoff = orDefault(c.MinBackoff, 250*time.Millisecond)
	c.MaxBackoff = max(orDefault(c.MaxBackoff, 10*time.Second), c.MinBackoff)
	c.StopTimeout = orDefault(c.StopTimeout, 10*time.Second)
	if c.Dial == nil {
		c.Dial = new(net.Dialer).DialContext
	}
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
