package scrape

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"time"

	"polymeter.dev/exposition"
	"polymeter.dev/metric"
)

// Options say what a [Collector] collects. One of Targets and Find must be set; all
// else has a default.
type Options struct {
	// Targets are where the pages are, in the order in which they are shown.
	Targets []Target
	// Find finds the targets anew for each collection. It may be called
	// concurrently, and its error is that of the collection.
	Find func(context.Context) ([]Target, error)

	// Timeout is how long one target may take. The default is 5 seconds. All
	// targets have to be done when nine tenths of the time are over that the
	// collection has.
	Timeout time.Duration
	// Concurrency is how many targets are asked at a time. The default is 8.
	Concurrency int
	// Client sends the requests. The default is one that uses
	// [http.DefaultTransport] and follows redirects on the same host only.
	Client *http.Client
	// Header is added to every request.
	Header http.Header
	// MaxBytes bounds a page, as it is after decompression. The default is 64 MiB.
	MaxBytes int64
	// MaxTargets bounds the number of targets. The default is 1000.
	MaxTargets int
	// Lenient is what is read over in pages of the text format.
	Lenient exposition.Leniency

	// Label is the label that says which target a series is from. The default is
	// "instance". A label of that name that the page has is renamed, with
	// "exported_" before it, as Prometheus does it.
	Label string
	// Merge adds up counters, histograms and summaries of all targets, without the
	// label. Native buckets are kept where all targets have them, and quantiles of
	// summaries are lost. Gauges, values of unknown type and state sets follow the
	// mode, infos that are equal are one. While a target does not answer, sums are
	// without it: a counter falls, and rises again, as if it had been reset.
	Merge bool
	// Mode says how the gauges of several targets become one when they are merged.
	// The default, [metric.GaugeAll], keeps all of them apart by the label. The live
	// modes are the same as those without "live": who answers is alive.
	// [metric.GaugeMostRecent] is not possible, since pages do not say when a gauge
	// was set.
	Mode metric.GaugeMode
	// Modes are the modes of single families, by their names.
	Modes map[string]metric.GaugeMode
}

// The defaults of [Options].
const (
	defaultTimeout     = 5 * time.Second
	defaultConcurrency = 8
	defaultMaxBytes    = 64 << 20
	defaultMaxTargets  = 1000
	defaultLabel       = "instance"
)

// complete returns a copy with the defaults, or what is wrong.
func (o *Options) complete() (Options, error) {
	if o == nil || (o.Targets == nil) == (o.Find == nil) {
		return Options{}, errors.New("scrape: one of Targets and Find must be given")
	}
	c := *o
	c.Targets, c.Header, c.Modes = slices.Clone(o.Targets), o.Header.Clone(), maps.Clone(o.Modes)
	orDefault(&c.Timeout, defaultTimeout)
	orDefault(&c.Concurrency, defaultConcurrency)
	orDefault(&c.MaxBytes, defaultMaxBytes)
	orDefault(&c.MaxTargets, defaultMaxTargets)
	if c.Client == nil {
		c.Client = &http.Client{CheckRedirect: stayOnHost}
	}
	if c.Label == "" {
		c.Label = defaultLabel
	}
	return c, c.check()
}

func orDefault[T int | int64 | time.Duration](value *T, otherwise T) {
	if *value <= 0 {
		*value = otherwise
	}
}

func (o *Options) check() error {
	if err := metric.UTF8Validation.CheckLabelName(o.Label); err != nil {
		return fmt.Errorf("scrape: %w", err)
	}
	if o.Label == "le" || o.Label == "quantile" {
		return fmt.Errorf("scrape: label name %q is reserved", o.Label)
	}
	if err := checkMode(o.Mode); err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(o.Modes)) {
		if err := checkMode(o.Modes[name]); err != nil {
			return fmt.Errorf("%w: of family %q", err, name)
		}
	}
	return checkTargets(o.Targets, o.MaxTargets)
}

func checkMode(m metric.GaugeMode) error {
	if !m.Valid() || m.Base() == metric.GaugeMostRecent {
		return fmt.Errorf("scrape: pages cannot be merged by gauge mode %q", m)
	}
	return nil
}

// mode returns the mode of a family.
func (o *Options) mode(d *metric.Desc) metric.GaugeMode {
	if mode, ok := o.Modes[d.Name]; ok {
		return mode.Base()
	}
	return o.Mode.Base()
}

// merging returns how the values of a family are merged.
func (o *Options) merging(d *metric.Desc) metric.GaugeMode {
	switch d.Type {
	case metric.TypeGauge, metric.TypeUnknown:
		return o.mode(d)
	case metric.TypeStateSet:
		if o.mode(d) == metric.GaugeMin {
			return metric.GaugeMin
		}
		return metric.GaugeMax // a state holds or not, and cannot hold twice
	case metric.TypeInfo:
		return metric.GaugeMax // equal ones are one
	}
	return metric.GaugeSum
}
