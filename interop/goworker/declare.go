package goworker

import (
	"fmt"

	"polymeter.dev"
	"polymeter.dev/metric"

	"polymeter.dev/interop/workload"
)

// declare declares an instrument and returns how to find those of its series.
func declare(r *polymeter.Registry, f *workload.Family) (func([]string) any, error) {
	switch f.Kind {
	case "counter":
		o := polymeter.CounterOpts{Name: f.Name, Help: f.Help, Unit: f.Unit, Labels: f.Labels}
		return either(f, o, r.NewCounter, r.NewCounterVec)
	case "gauge":
		mode, err := metric.ParseGaugeMode(f.Mode)
		if err != nil {
			return nil, err
		}
		o := polymeter.GaugeOpts{Name: f.Name, Help: f.Help, Unit: f.Unit, Labels: f.Labels, Mode: mode}
		return either(f, o, r.NewGauge, r.NewGaugeVec)
	case "histogram":
		o := polymeter.HistogramOpts{Name: f.Name, Help: f.Help, Unit: f.Unit, Labels: f.Labels}
		for _, bound := range f.Buckets {
			o.Buckets = append(o.Buckets, float64(bound))
		}
		return either(f, o, r.NewHistogram, r.NewHistogramVec)
	case "summary":
		o := polymeter.SummaryOpts{Name: f.Name, Help: f.Help, Unit: f.Unit, Labels: f.Labels}
		return either(f, o, r.NewSummary, r.NewSummaryVec)
	}
	return nil, fmt.Errorf("goworker: unknown kind %q", f.Kind)
}

// either declares a vector if there are labels, and else a single instrument.
func either[O, M any](f *workload.Family, o O,
	single func(O) (*M, error), vector func(O) (*polymeter.Vec[M], error),
) (func([]string) any, error) {
	if len(f.Labels) == 0 {
		m, err := single(o)
		return func([]string) any { return m }, err
	}
	v, err := vector(o)
	return func(values []string) any { return v.With(values...) }, err
}
