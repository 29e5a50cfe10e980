package corpus

import (
	"math"

	"polymeter.dev/metric"
)

// Line is one sample of an expanded page.
type Line struct {
	Name      string
	Labels    map[string]string
	Value     float64
	Time      int64
	Exemplars []Exemplar
	// Start is the created timestamp of the series.
	Start int64
}

// View is how a format and its reader show a family.
type View struct {
	// Escape changes names.
	Escape func(string) string
	// Metadata is what a format may show beyond values: exemplars and when
	// counting began.
	Metadata bool
	// Strict leaves out what OpenMetrics 1.0 forbids: a sum that is NaN, and
	// that of histograms with negative bounds.
	Strict bool
	// Lines says that the samples are lines: no count and sum are shown when
	// the sum is not known.
	Lines bool
	// Native leaves out histograms with native buckets.
	Native bool
	// AllExemplars shows all exemplars of a bucket, not only the latest.
	AllExemplars bool
	// PlainGauge gives gauge histograms the suffixes of others.
	PlainGauge bool
}

// Lines returns what a reader must find of the family.
func (f *Family) Lines(view View) []Line {
	e := expander{family: f, View: view}
	for i := range f.Points {
		if p := &f.Points[i]; p.Native == nil || !view.Native {
			e.point(p)
		}
	}
	return e.lines
}

type expander struct {
	View
	family *Family
	lines  []Line
}

func (e *expander) point(p *Point) {
	name := e.Escape(e.family.Name)
	switch e.family.Type {
	case metric.TypeCounter:
		e.line(p, e.Escape(e.family.Name+"_total"), p.Labels, p.Value, p.Exemplars)
	case metric.TypeInfo:
		e.line(p, e.Escape(e.family.Name+"_info"), merged(p.Labels, p.Info), 1, nil)
	case metric.TypeStateSet:
		for state, on := range p.States {
			value := 0.0
			if on {
				value = 1
			}
			e.line(p, name, merged(p.Labels, map[string]string{e.family.Name: state}), value, nil)
		}
	case metric.TypeSummary:
		for _, q := range p.Quantiles {
			e.line(p, name, merged(p.Labels, map[string]string{"quantile": Bound(q.Quantile)}), q.Value, nil)
		}
		e.line(p, name+"_count", p.Labels, p.Count, nil)
		e.line(p, name+"_sum", p.Labels, p.Sum, nil)
	case metric.TypeHistogram, metric.TypeGaugeHistogram:
		e.histogram(name, p)
	default:
		e.line(p, name, p.Labels, p.Value, nil)
	}
}

func (e *expander) histogram(name string, p *Point) {
	buckets, sum := p.Classic()
	lower := math.Inf(-1)
	for _, b := range buckets {
		labels := merged(p.Labels, map[string]string{"le": Bound(b.UpperBound)})
		e.line(p, name+"_bucket", labels, b.Count, e.between(p.Exemplars, lower, b.UpperBound))
		lower = b.UpperBound
	}
	gauge := e.family.Type == metric.TypeGaugeHistogram
	switch {
	case e.Strict && math.IsNaN(sum) || e.Lines && p.NoSum:
		return
	case e.Strict && buckets[0].UpperBound < 0 && !gauge:
		return
	case p.NoSum:
		sum = math.NaN()
	}
	prefix := "_"
	if gauge && !e.PlainGauge {
		prefix = "_g"
	}
	e.line(p, name+prefix+"count", p.Labels, buckets[len(buckets)-1].Count, nil)
	e.line(p, name+prefix+"sum", p.Labels, sum, nil)
}

func (e *expander) line(p *Point, name string, labels map[string]string, value float64, exemplars []Exemplar) {
	line := Line{Name: name, Labels: map[string]string{}, Value: value, Time: p.Time}
	for name, value := range labels {
		line.Labels[e.Escape(name)] = value
	}
	if e.Metadata {
		line.Start = p.Created
		for _, x := range exemplars {
			line.Exemplars = append(line.Exemplars, x.Escaped(e.Escape))
		}
	}
	e.lines = append(e.lines, line)
}

// Classic returns the classic buckets and the sum; those of a histogram with
// native buckets alone is the one with all observations.
func (p *Point) Classic() ([]metric.Bucket, float64) {
	if p.Native == nil {
		return p.Buckets, p.Sum
	}
	if len(p.Buckets) == 0 {
		return []metric.Bucket{{UpperBound: math.Inf(1), Count: p.Native.Count}}, p.Native.Sum
	}
	return p.Buckets, p.Native.Sum
}

// Bound is the text of a bound or quantile, in a form of its own that stands
// for all ways to write the number.
func Bound(f float64) string { return metric.FormatFloat(f) }

// Escaped returns the exemplar with other label names.
func (x *Exemplar) Escaped(escape func(string) string) Exemplar {
	labels := map[string]string{}
	for name, value := range x.Labels {
		labels[escape(name)] = value
	}
	return Exemplar{labels, x.Value, x.Time}
}

// between returns the exemplars of a bucket that are shown. The corpus has them
// in the order of time.
func (e *expander) between(list []Exemplar, lower, upper float64) []Exemplar {
	var found []Exemplar
	for _, x := range list {
		if lower < x.Value && x.Value <= upper {
			found = append(found, x)
		}
	}
	if len(found) > 1 && !e.AllExemplars {
		found = found[len(found)-1:]
	}
	return found
}

func merged(a, b map[string]string) map[string]string {
	m := map[string]string{}
	for _, labels := range []map[string]string{a, b} {
		for name, value := range labels {
			m[name] = value
		}
	}
	return m
}
