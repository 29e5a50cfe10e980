package exposition_test

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"polymeter.dev/metric"
)

// drawnFamily draws a family of any type, with samples in the form of this module,
// whose names and texts need care.
func drawnFamily(index int) *rapid.Generator[metric.Family] {
	return rapid.Custom(func(t *rapid.T) metric.Family {
		name := fmt.Sprintf("f%d", index) + awkward().Draw(t, "name")
		f := &family{desc: metric.Desc{
			Name: name,
			Type: metric.Type(rapid.IntRange(int(metric.TypeUnknown), int(metric.TypeStateSet)).Draw(t, "type")),
			Help: awkward().Draw(t, "help"),
		}}
		if rapid.Bool().Draw(t, "unit") && f.desc.Type != metric.TypeInfo && f.desc.Type != metric.TypeStateSet {
			f.desc.Name, f.desc.Unit = name+"_seconds", "seconds"
		}
		sets := rapid.SliceOfNDistinct(labelMaps(), 0, 3, func(m map[string]string) string {
			return fmt.Sprintf("%q", slices.Sorted(maps.Keys(m))) + fmt.Sprintf("%q", m)
		}).Draw(t, "labels")
		for _, set := range sets {
			f.samples = append(f.samples, drawnSample(t, &f.desc, set))
		}
		return f
	})
}

func drawnSample(t *rapid.T, d *metric.Desc, set map[string]string) metric.Sample {
	s := metric.Sample{Name: d.SampleName(), Timestamp: drawnTime(t, "timestamp")}
	value := math.Abs(drawnFloat(t))
	switch d.Type {
	case metric.TypeUnknown, metric.TypeGauge:
		s.Value = drawnFloat(t)
	case metric.TypeCounter:
		if s.Value = value; math.IsNaN(value) {
			s.Value = 0
		}
		s.Start, s.Exemplars = drawnTime(t, "start"), drawnExemplars(t)
	case metric.TypeInfo:
		s.Value = 1
	case metric.TypeStateSet:
		set = maps.Clone(set)
		set[d.Name] = awkward().Draw(t, "state")
	case metric.TypeSummary:
		s.Start, s.Summary = drawnTime(t, "start"), &metric.Summary{Count: 5, Sum: value}
		for _, q := range rapid.SliceOfDistinct(rapid.Float64Range(0, 1), rapid.ID[float64]).Draw(t, "quantiles") {
			s.Summary.Quantiles = append(s.Summary.Quantiles, metric.Quantile{Quantile: q, Value: value})
		}
	case metric.TypeHistogram, metric.TypeGaugeHistogram:
		s.Exemplars, s.Histogram = drawnExemplars(t), drawnHistogram(t, value)
		if d.Type == metric.TypeHistogram {
			s.Start = drawnTime(t, "start")
		}
	}
	labels, err := metric.LabelsFromMap(set)
	if err != nil {
		t.Fatal(err)
	}
	s.Labels = labels
	return s
}

func drawnFloat(t *rapid.T) float64 {
	return rapid.OneOf(rapid.Float64(), rapid.SampledFrom([]float64{0, math.Copysign(0, -1), math.NaN(), inf, -inf, 1e6, 1e15, 1 << 60})).Draw(t, "value")
}

func drawnTime(t *rapid.T, label string) metric.Timestamp {
	if !rapid.Bool().Draw(t, label+" is there") {
		return metric.Timestamp{}
	}
	return at(rapid.Int64Range(-10, 1<<40).Draw(t, label), rapid.Int64Range(0, 999_999_999).Draw(t, label+" in nanoseconds"))
}

func drawnExemplars(t *rapid.T) []metric.Exemplar {
	if !rapid.Bool().Draw(t, "exemplar is there") {
		return nil
	}
	set, err := metric.LabelsFromMap(labelMaps().Draw(t, "exemplar"))
	if err != nil {
		t.Fatal(err)
	}
	return []metric.Exemplar{{Labels: set, Value: drawnFloat(t), Timestamp: drawnTime(t, "exemplar's timestamp")}}
}

// withoutSign makes both zeros one.
func withoutSign(v float64) float64 { return v + 0 }

func drawnHistogram(t *rapid.T, sum float64) *metric.Histogram {
	h := &metric.Histogram{Sum: sum, NoSum: rapid.Bool().Draw(t, "no sum")}
	bounds := rapid.SliceOfNDistinct(rapid.Float64(), 0, 5, withoutSign).Draw(t, "bounds")
	slices.Sort(bounds)
	for _, bound := range bounds {
		h.Count += float64(rapid.IntRange(0, 3).Draw(t, "count"))
		h.Buckets = append(h.Buckets, metric.Bucket{UpperBound: bound, Count: h.Count})
	}
	h.Buckets = append(h.Buckets, metric.Bucket{UpperBound: inf, Count: h.Count})
	return h
}

// TestWrittenIsRead decodes what the encoder makes of families of any kind.
func TestWrittenIsRead(t *testing.T) {
	t.Parallel()
	for _, f := range []conformant{conformantText, conformantOpenMetrics} {
		t.Run(f.folder, func(t *testing.T) {
			t.Parallel()
			rapid.Check(t, func(r *rapid.T) {
				families := []metric.Family{drawnFamily(1).Draw(r, "first"), drawnFamily(2).Draw(r, "second")}
				once := f.rewrite(r, families)
				if len(once.refused) > 0 {
					r.Fatal(once.refused)
				}
				decoded, err := decodePage(f.decoder(strings.NewReader(once.page), nil))
				if err != nil {
					r.Fatalf("%v in\n%s", err, once.page)
				}
				if diff := cmp.Diff(once.page, f.rewrite(r, decoded).page); diff != "" {
					r.Errorf("(-written +written again)\n%s", diff)
				}
			})
		})
	}
}
