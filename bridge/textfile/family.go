package textfile

import (
	"fmt"

	"polymeter.dev/exposition"
	"polymeter.dev/internal/sending"
	"polymeter.dev/metric"
)

// families are those of a page, in its order.
type families struct {
	list   []*family
	byName map[string]*family
}

// family is one whose histograms and summaries are in composite form.
type family struct {
	desc    *metric.Desc
	samples []*metric.Sample
}

// readFamilies reads a whole page.
func readFamilies(d exposition.Decoder) (*families, error) {
	all := new(families)
	for f, err := range exposition.Families(d) {
		if err != nil {
			return nil, err
		}
		read := &family{desc: f.Desc()}
		err := composed(f).Each(func(s *metric.Sample) error {
			read.samples = append(read.samples, s.Clone())
			return nil
		})
		if err != nil {
			return nil, err
		}
		all.put(read)
	}
	return all, nil
}

// composed returns a family of a page in composite form.
func composed(f metric.Family) metric.Family {
	if f.Desc().Type == metric.TypeHistogram {
		return sending.PlainHistogram(f)
	}
	return new(metric.Composer).Compose(f, 0)
}

// put adds a family of a new name.
func (all *families) put(f *family) {
	if all.byName == nil {
		all.byName = map[string]*family{}
	}
	all.list = append(all.list, f)
	all.byName[f.desc.FullName()] = f
}

// add adds the families of another page. Those in gauges are gauges, whatever their type.
func (all *families) add(added *families, gauges map[string]struct{}) error {
	for _, f := range added.list {
		name := f.desc.FullName()
		before, found := all.byName[name]
		if !found {
			all.put(f)
			continue
		}
		if before.desc.Type != f.desc.Type {
			return fmt.Errorf("family %q is a %v now, and a %v in the file", name, f.desc.Type, before.desc.Type)
		}
		if _, isGauge := gauges[name]; !isGauge && counts(f.desc.Type) {
			before.add(f)
		} else {
			before.samples = f.samples
		}
		before.desc = f.desc // with the newer help
	}
	return nil
}

// counts reports whether values of the type can be added.
func counts(t metric.Type) bool {
	return t == metric.TypeCounter || t == metric.TypeHistogram || t == metric.TypeSummary
}

// series is what tells samples apart.
type series struct {
	name   string
	labels metric.Labels
}

// add adds the samples of another family of the same type.
func (f *family) add(added *family) {
	known := make(map[series]*metric.Sample, len(f.samples))
	for _, s := range f.samples {
		known[series{s.Name, s.Labels}] = s
	}
	for _, s := range added.samples {
		if total, found := known[series{s.Name, s.Labels}]; found {
			addSample(total, s)
		} else {
			f.samples = append(f.samples, s)
		}
	}
}

// addSample adds what a sample has counted.
func addSample(total, s *metric.Sample) {
	switch {
	case s.Histogram != nil && total.Histogram != nil:
		addHistogram(total.Histogram, s.Histogram)
	case s.Summary != nil && total.Summary != nil:
		total.Summary.Count += s.Summary.Count
		total.Summary.Sum += s.Summary.Sum
		total.Summary.Quantiles = s.Summary.Quantiles
	default:
		total.Value += s.Value
	}
}

// addHistogram adds buckets, which are cumulative, so that those of one bound mean the
// same whichever others there are. Bounds that only one side has are dropped.
func addHistogram(total, h *metric.Histogram) {
	counts := make(map[float64]float64, len(h.Buckets))
	for _, b := range h.Buckets {
		counts[b.UpperBound] = b.Count
	}
	kept := total.Buckets[:0]
	for _, b := range total.Buckets {
		if count, found := counts[b.UpperBound]; found {
			kept = append(kept, metric.Bucket{UpperBound: b.UpperBound, Count: b.Count + count})
		}
	}
	total.Buckets = kept
	total.Count += h.Count
	total.Sum += h.Sum
}

// Desc implements [metric.Family].
func (f *family) Desc() *metric.Desc { return f.desc }

// Each implements [metric.Family].
func (f *family) Each(visit func(*metric.Sample) error) error {
	for _, s := range f.samples {
		if err := visit(s); err != nil {
			return err
		}
	}
	return nil
}
