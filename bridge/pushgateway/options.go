package pushgateway

import (
	"cmp"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"net/textproto"
	"slices"
	"time"

	"polymeter.dev/exposition"
	"polymeter.dev/metric"
)

// Options are the choices of a [Pusher]. The zero value is the default; so is a nil
// *Options. A pusher keeps a copy.
type Options struct {
	// Grouping are the labels that tell the group from others of the same job,
	// such as "instance". They become labels of everything in it.
	Grouping map[string]string
	// Escaping changes names outside the legacy grammar, those of grouping labels
	// included. The default is underscores, which every gateway takes.
	// metric.AllowUTF8 is for gateways that run with --push.enable-utf8-names.
	Escaping metric.Escaping
	// Text sends the Prometheus text format in place of protobuf, for servers that
	// only know that. It has no native buckets.
	Text bool
	// DropTimestamps leaves out the timestamps of samples. The default is an
	// error: a gateway refuses them all, since it would show them for ever. A
	// series of several points cannot be pushed either way.
	DropTimestamps bool
	// Created shows start times. The default is off in the text format, where
	// they are gauges of their own, and on in protobuf.
	Created exposition.Switch

	// Client sends the requests; its policy for redirects is not used. The
	// default is a client of the pusher's own.
	Client *http.Client
	// Header is added to every request, for authorization and tenants. It cannot
	// have the headers that say what the body is.
	Header http.Header
	// Timeout is how long one request may take. The default is 10 seconds.
	Timeout time.Duration

	// MaxAge is how long a push or deletion may take with all repetitions before
	// it is given up. Collecting may use half of it. The default is a minute.
	MaxAge time.Duration
	// MinBackoff and MaxBackoff bound the pause before a request is repeated,
	// which doubles each time. The defaults are 250 milliseconds and 10 seconds.
	// A longer pause that the server asks for is kept.
	MinBackoff, MaxBackoff time.Duration
	// StopTimeout is the MaxAge of [Pusher.PushFinal] and its like. The default is
	// 10 seconds.
	StopTimeout time.Duration

	// Logger gets the requests that fail for a reason that may pass. The default is
	// slog.Default() at the time of each message.
	Logger *slog.Logger
}

// withDefaults returns a copy in which every number is set.
func (o *Options) withDefaults() Options {
	var c Options
	if o != nil {
		c = *o
	}
	c.Timeout = orDefault(c.Timeout, 10*time.Second)
	c.MaxAge = orDefault(c.MaxAge, time.Minute)
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

// reservedHeaders are what a request says about its own body.
var reservedHeaders = []string{"Content-Encoding", "Content-Length", "Content-Type"}

// check reports what is wrong with the options, but for the group.
func (o *Options) check() error {
	if o.Escaping > metric.Values {
		return fmt.Errorf("pushgateway: escaping scheme %d does not exist", o.Escaping)
	}
	if o.Created > exposition.Off {
		return errors.New("pushgateway: Created is not a position of a switch")
	}
	for _, name := range slices.Sorted(maps.Keys(o.Header)) {
		if slices.Contains(reservedHeaders, textproto.CanonicalMIMEHeaderKey(name)) {
			return fmt.Errorf("pushgateway: header %q is set by the protocol", name)
		}
	}
	return nil
}

// format returns the format of the body.
func (o *Options) format() exposition.Format {
	f := exposition.FormatProtobuf()
	switch {
	case o.Text && o.Escaping == metric.AllowUTF8:
		return exposition.FormatText100()
	case o.Text:
		f = exposition.FormatText()
	}
	f.Escaping = o.Escaping
	return f
}

// logger returns where messages go.
func (o *Options) logger() *slog.Logger {
	if o.Logger == nil {
		return slog.Default()
	}
	return o.Logger
}
