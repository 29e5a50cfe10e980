package instrument

import (
	"context"
	"maps"
	"net/http"
	"slices"
	"time"

	"polymeter.dev"
	"polymeter.dev/metric"
)

// Options are what a [Server] and a [Client] have in common. The zero value is the
// default.
type Options struct {
	// Prefix begins the names of the metrics. The default is "http_server" for a
	// server and "http_client" for a client.
	Prefix string
	// Labels are labels that every series has, with their values, such as the
	// name of one of several servers.
	Labels map[string]string
	// Buckets are the bounds of the durations, in seconds. When nil, they are
	// [polymeter.DefaultBuckets], or none if Native is set.
	Buckets []float64
	// SizeBuckets are the bounds of the sizes, in bytes. When nil, they go from
	// 256 bytes to 64 MiB in steps of four, or there are none if Native is set.
	SizeBuckets []float64
	// Native adds native buckets to all histograms; nil means none.
	Native *polymeter.NativeOpts
	// DisableSizes leaves out the sizes of bodies.
	DisableSizes bool
	// Methods are told apart in the label method besides those of RFC 9110 and
	// PATCH. All others are shown as _OTHER.
	Methods []string
	// MaxSeries bounds the series of each metric; further ones share one, as
	// [polymeter.SeriesOpts] says. The default is 2000.
	MaxSeries int
	// Exemplar finds the exemplar of a request in its context, usually the id of
	// its trace, or false for one that is not sampled. When nil, the registry's
	// ExemplarFromContext is asked. It is called once for a request, maybe
	// concurrently.
	Exemplar func(context.Context) (metric.Labels, bool)
}

const defaultMaxSeries = 2000

// group is what declares the metrics of a server or a client.
type group struct {
	registry *polymeter.Registry
	options  Options
	names    []string // of the labels that differ, then of those that do not
	constant []string // values of the latter
	err      error    // the first of a declaration
}

func newGroup(r *polymeter.Registry, o Options, prefix string, labels ...string) *group {
	g := &group{registry: r, options: o, names: labels}
	g.options.Methods = slices.Clone(o.Methods)
	if g.options.Prefix == "" {
		g.options.Prefix = prefix
	}
	if g.options.MaxSeries <= 0 {
		g.options.MaxSeries = defaultMaxSeries
	}
	if g.options.SizeBuckets == nil && o.Native == nil {
		g.options.SizeBuckets = polymeter.ExponentialBuckets(256, 4, 10)
	}
	for _, name := range slices.Sorted(maps.Keys(o.Labels)) {
		g.names = append(g.names, name)
		g.constant = append(g.constant, o.Labels[name])
	}
	return g
}

// inFlight declares the gauge of the requests under way.
func (g *group) inFlight(help string) *polymeter.Gauge {
	vec, err := g.registry.NewGaugeVec(polymeter.GaugeOpts{
		Name: g.options.Prefix + "_active_requests", Help: help,
		Labels: g.names[len(g.names)-len(g.constant):], Mode: metric.GaugeLiveSum,
	})
	if err != nil {
		g.fail(err)
		return nil
	}
	return vec.With(g.constant...)
}

func (g *group) durations(help string) *polymeter.HistogramVec {
	return g.histogram("_request_duration", "seconds", help, g.options.Buckets)
}

// sizes declares a histogram of sizes, or returns nil when there are to be none.
func (g *group) sizes(name, help string) *polymeter.HistogramVec {
	if g.options.DisableSizes {
		return nil
	}
	return g.histogram(name, "bytes", help, g.options.SizeBuckets)
}

func (g *group) histogram(name, unit, help string, buckets []float64) *polymeter.HistogramVec {
	vec, err := g.registry.NewHistogramVec(polymeter.HistogramOpts{
		Name: g.options.Prefix + name + "_" + unit, Help: help, Unit: unit,
		Labels: g.names, Buckets: buckets, Native: g.options.Native, Series: g.series(),
	})
	g.fail(err)
	return vec
}

func (g *group) series() polymeter.SeriesOpts {
	return polymeter.SeriesOpts{Limit: g.options.MaxSeries}
}

func (g *group) fail(err error) {
	if g.err == nil {
		g.err = err
	}
}

// observe observes a duration with the exemplar of the context.
func (g *group) observe(ctx context.Context, h *polymeter.Histogram, d time.Duration) {
	if g.options.Exemplar == nil {
		h.ObserveContext(ctx, d.Seconds())
	} else if labels, sampled := g.options.Exemplar(ctx); sampled {
		h.ObserveWithExemplar(d.Seconds(), labels)
	} else {
		h.Observe(d.Seconds())
	}
}

// observeSize observes a size that is known, if sizes are observed at all.
func observeSize(vec *polymeter.HistogramVec, size int64, labels []string) {
	if vec != nil && size >= 0 {
		vec.With(labels...).Observe(float64(size))
	}
}

// bodySize returns the length of a request's body, or -1 when that is not known before
// it was read.
func bodySize(r *http.Request) int64 {
	if r.ContentLength == 0 && r.Body != nil && r.Body != http.NoBody {
		return -1
	}
	return r.ContentLength
}
