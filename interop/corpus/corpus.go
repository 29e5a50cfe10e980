// Package corpus is what the tests of the encoders put on a page: families of
// every type in plain terms, how to build them, and what a reader must find,
// derived without the library's own code for it.
package corpus

import (
	"fmt"

	"polymeter.dev/metric"
)

// Family is a metric family.
type Family struct {
	Type             metric.Type
	Name, Help, Unit string
	Points           []Point
}

// Point is one series at one time. Times are milliseconds since the Unix epoch,
// zero meaning none.
type Point struct {
	Labels map[string]string
	// Value is that of a type with single values.
	Value float64
	// Info and States are the contents of an info and of a state set.
	Info   map[string]string
	States map[string]bool
	// Buckets are classic ones, cumulative, the last one +Inf; its value is
	// the count of a histogram. That of a summary is Count.
	Buckets   []metric.Bucket
	Count     float64
	Sum       float64
	NoSum     bool
	Quantiles []metric.Quantile
	Native    *metric.NativeHistogram
	Exemplars []Exemplar
	Created   int64
	Time      int64
}

// Exemplar is that of a [Point].
type Exemplar struct {
	Labels map[string]string
	Value  float64
	Time   int64
}

// Build makes the family with the builder for its type.
func (f *Family) Build() (metric.Family, error) {
	names := []string{}
	if len(f.Points) > 0 {
		for name := range f.Points[0].Labels {
			names = append(names, name)
		}
	}
	built, err := f.build(names)
	if err != nil {
		return nil, err
	}
	if f.Unit != "" {
		built.SetUnit(f.Unit)
	}
	return built, built.Err()
}

// builder is what all builders have in common.
type builder interface {
	metric.Family
	SetUnit(unit string)
	Err() error
}

func (f *Family) build(names []string) (builder, error) {
	switch f.Type {
	case metric.TypeCounter:
		b := metric.NewCounterFamily(f.Name, f.Help, names...)
		for i := range f.Points {
			p := &f.Points[i]
			row := metric.CounterRow{Labels: p.Labels, Value: p.Value, Created: at(p.Created), Timestamp: at(p.Time)}
			if len(p.Exemplars) > 0 {
				row.Exemplar = &p.exemplars()[0]
			}
			b.AddRow(row)
		}
		return b, nil
	case metric.TypeGauge:
		b := metric.NewGaugeFamily(f.Name, f.Help, names...)
		for _, p := range f.Points {
			b.AddRow(metric.ValueRow{Labels: p.Labels, Value: p.Value, Timestamp: at(p.Time)})
		}
		return b, nil
	case metric.TypeUnknown:
		b := metric.NewUnknownFamily(f.Name, f.Help, names...)
		for _, p := range f.Points {
			b.AddRow(metric.ValueRow{Labels: p.Labels, Value: p.Value, Timestamp: at(p.Time)})
		}
		return b, nil
	case metric.TypeInfo:
		b := metric.NewInfoFamily(f.Name, f.Help, names...)
		for _, p := range f.Points {
			b.AddRow(metric.InfoRow{Labels: p.Labels, Info: p.Info, Timestamp: at(p.Time)})
		}
		return b, nil
	case metric.TypeStateSet:
		b := metric.NewStateSetFamily(f.Name, f.Help, names...)
		for _, p := range f.Points {
			b.AddRow(metric.StateSetRow{Labels: p.Labels, States: p.States, Timestamp: at(p.Time)})
		}
		return b, nil
	case metric.TypeSummary:
		b := metric.NewSummaryFamily(f.Name, f.Help, names...)
		for _, p := range f.Points {
			b.AddRow(metric.SummaryRow{
				Labels: p.Labels, Count: p.Count, Sum: p.Sum, Quantiles: p.Quantiles,
				Created: at(p.Created), Timestamp: at(p.Time),
			})
		}
		return b, nil
	case metric.TypeHistogram:
		b := metric.NewHistogramFamily(f.Name, f.Help, names...)
		for _, p := range f.Points {
			b.AddRow(metric.HistogramRow{
				Labels: p.Labels, Buckets: p.Buckets, Sum: p.Sum, NoSum: p.NoSum, Native: p.Native,
				Exemplars: p.exemplars(), Created: at(p.Created), Timestamp: at(p.Time),
			})
		}
		return b, nil
	case metric.TypeGaugeHistogram:
		b := metric.NewGaugeHistogramFamily(f.Name, f.Help, names...)
		for _, p := range f.Points {
			b.AddRow(metric.GaugeHistogramRow{
				Labels: p.Labels, Buckets: p.Buckets, GSum: p.Sum, NoGSum: p.NoSum, Native: p.Native,
				Exemplars: p.exemplars(), Timestamp: at(p.Time),
			})
		}
		return b, nil
	default:
		return nil, fmt.Errorf("corpus: no builder for type %q", f.Type)
	}
}

func (p *Point) exemplars() []metric.Exemplar {
	var list []metric.Exemplar
	for _, e := range p.Exemplars {
		labels, err := metric.LabelsFromMap(e.Labels)
		if err != nil {
			panic(err) // the corpus is wrong
		}
		list = append(list, metric.Exemplar{Labels: labels, Value: e.Value, Timestamp: at(e.Time)})
	}
	return list
}

func at(ms int64) metric.Timestamp {
	if ms == 0 {
		return metric.Timestamp{}
	}
	return metric.TimestampMilli(ms)
}

// OnlyBoth returns the family with those points alone that have native and
// classic buckets.
func (f *Family) OnlyBoth() *Family {
	part := *f
	part.Points = nil
	for _, p := range f.Points {
		if p.Native != nil && len(p.Buckets) > 0 {
			part.Points = append(part.Points, p)
		}
	}
	return &part
}

// WithoutNativeExemplars returns the family as readers of protobuf see it that
// ignore native histograms: the exemplars of points with native buckets alone
// are out of their sight.
func (f *Family) WithoutNativeExemplars() *Family {
	part := *f
	part.Points = nil
	for _, p := range f.Points {
		if p.Native != nil && len(p.Buckets) == 0 {
			p.Exemplars = nil
		}
		part.Points = append(part.Points, p)
	}
	return &part
}
