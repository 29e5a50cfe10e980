package collectors

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	dto "github.com/prometheus/client_model/go"
	"google.golang.org/protobuf/types/known/timestamppb"

	"polymeter.dev/metric"
)

// gathered is a family in the form of client_golang.
type gathered struct {
	desc   metric.Desc
	family *dto.MetricFamily
}

var gatheredTypes = map[dto.MetricType]metric.Type{
	dto.MetricType_COUNTER:         metric.TypeCounter,
	dto.MetricType_GAUGE:           metric.TypeGauge,
	dto.MetricType_SUMMARY:         metric.TypeSummary,
	dto.MetricType_UNTYPED:         metric.TypeUnknown,
	dto.MetricType_HISTOGRAM:       metric.TypeHistogram,
	dto.MetricType_GAUGE_HISTOGRAM: metric.TypeGaugeHistogram,
}

// newGathered returns a family. The names are those of all families that were gathered
// with it.
func newGathered(f *dto.MetricFamily, names map[string]bool) *gathered {
	t := gatheredTypes[f.GetType()]
	name := metric.StripSuffix(t, f.GetName())
	if name != f.GetName() && names[name] {
		t, name = metric.TypeUnknown, f.GetName()
	}
	g := &gathered{family: f, desc: metric.Desc{Name: name, Help: f.GetHelp(), Unit: f.GetUnit(), Type: t}}
	if t == metric.TypeCounter && name == f.GetName() {
		g.desc.Written = name // client_golang does not ask counters to end in _total
	}
	return g
}

// Desc describes the family.
func (g *gathered) Desc() *metric.Desc { return &g.desc }

// Each visits the metrics in their order.
func (g *gathered) Each(visit func(*metric.Sample) error) error {
	for _, m := range g.family.GetMetric() {
		s, err := g.sample(m)
		if err != nil {
			return fmt.Errorf("collectors: metric of family %q: %w", g.family.GetName(), err)
		}
		if err := visit(s); err != nil {
			return err
		}
	}
	return nil
}

func (g *gathered) sample(m *dto.Metric) (*metric.Sample, error) {
	labels, err := gatheredLabels(m.GetLabel())
	if err != nil {
		return nil, err
	}
	s := &metric.Sample{Name: g.desc.SampleName(), Labels: labels}
	if m.TimestampMs != nil {
		s.Timestamp = metric.TimestampMilli(m.GetTimestampMs())
	}
	switch g.desc.Type {
	case metric.TypeCounter:
		c := m.GetCounter()
		s.Value, s.Start = c.GetValue(), gatheredTime(c.GetCreatedTimestamp())
		err = addExemplars(s, c.GetExemplar())
	case metric.TypeGauge:
		s.Value = m.GetGauge().GetValue()
	case metric.TypeSummary:
		s.Summary, s.Start = gatheredSummary(m.GetSummary()), gatheredTime(m.GetSummary().GetCreatedTimestamp())
	case metric.TypeHistogram, metric.TypeGaugeHistogram:
		s.Name = g.desc.Name
		s.Start = gatheredTime(m.GetHistogram().GetCreatedTimestamp())
		err = addHistogram(s, m.GetHistogram())
	default: // a counter, too, if it has lost its type
		s.Value = cmp.Or(m.GetUntyped().GetValue(), m.GetCounter().GetValue())
	}
	return s, err
}

func gatheredLabels(pairs []*dto.LabelPair) (metric.Labels, error) {
	names, values := make([]string, len(pairs)), make([]string, len(pairs))
	for i, p := range pairs {
		names[i], values[i] = p.GetName(), p.GetValue()
	}
	return metric.MakeLabels(names, values)
}

func gatheredTime(t *timestamppb.Timestamp) metric.Timestamp {
	if t == nil {
		return metric.Timestamp{}
	}
	return metric.NewTimestamp(t.GetSeconds(), int64(t.GetNanos()))
}

func gatheredSummary(s *dto.Summary) *metric.Summary {
	out := &metric.Summary{Count: float64(s.GetSampleCount()), Sum: s.GetSampleSum()}
	for _, q := range s.GetQuantile() {
		out.Quantiles = append(out.Quantiles, metric.Quantile{Quantile: q.GetQuantile(), Value: q.GetValue()})
	}
	return out
}

func addExemplars(s *metric.Sample, exemplars ...*dto.Exemplar) error {
	for _, e := range exemplars {
		if e == nil {
			continue
		}
		labels, err := gatheredLabels(e.GetLabel())
		if err != nil {
			return err
		}
		// A histogram with both kinds of buckets has the same ones twice.
		exemplar := metric.Exemplar{Labels: labels, Value: e.GetValue(), Timestamp: gatheredTime(e.GetTimestamp())}
		if !slices.Contains(s.Exemplars, exemplar) {
			s.Exemplars = append(s.Exemplars, exemplar)
		}
	}
	return nil
}

// addHistogram adds the classic buckets, with the one for +Inf that client_golang
// leaves out, and the native ones.
func addHistogram(s *metric.Sample, h *dto.Histogram) error {
	out := &metric.Histogram{Count: floatOr(h.GetSampleCountFloat(), h.GetSampleCount()), Sum: h.GetSampleSum()}
	for _, b := range h.GetBucket() {
		out.Buckets = append(out.Buckets, metric.Bucket{
			UpperBound: b.GetUpperBound(), Count: floatOr(b.GetCumulativeCountFloat(), b.GetCumulativeCount()),
		})
		if err := addExemplars(s, b.GetExemplar()); err != nil {
			return err
		}
	}
	native := isNative(h)
	if n := len(out.Buckets); (n > 0 && !math.IsInf(out.Buckets[n-1].UpperBound, 1)) || (n == 0 && !native) {
		out.Buckets = append(out.Buckets, metric.Bucket{UpperBound: math.Inf(1), Count: out.Count})
	}
	s.Histogram = out
	if native {
		out.Native = gatheredNative(h, out)
	}
	return addExemplars(s, h.GetExemplars()...)
}

// floatOr returns the float if it is set, else the whole number.
func floatOr(f float64, n uint64) float64 {
	if f > 0 {
		return f
	}
	return float64(n)
}

// isNative tells native histograms as Prometheus does.
func isNative(h *dto.Histogram) bool {
	return len(h.GetPositiveSpan()) > 0 || len(h.GetNegativeSpan()) > 0 || h.GetZeroThreshold() > 0 ||
		h.GetZeroCount() > 0 || h.GetZeroCountFloat() > 0
}

func gatheredNative(h *dto.Histogram, whole *metric.Histogram) *metric.NativeHistogram {
	n := &metric.NativeHistogram{
		Count: whole.Count, Sum: whole.Sum, Schema: h.GetSchema(),
		ZeroThreshold: h.GetZeroThreshold(), ZeroCount: floatOr(h.GetZeroCountFloat(), h.GetZeroCount()),
	}
	n.PositiveSpans, n.PositiveCounts = gatheredSide(h.GetPositiveSpan(), h.GetPositiveDelta(), h.GetPositiveCount())
	n.NegativeSpans, n.NegativeCounts = gatheredSide(h.GetNegativeSpan(), h.GetNegativeDelta(), h.GetNegativeCount())
	return n
}

// gatheredSide returns the buckets of one sign: counts if they are floats, else
// the sums of the deltas.
func gatheredSide(spans []*dto.BucketSpan, deltas []int64, floats []float64) ([]metric.BucketSpan, []float64) {
	var out []metric.BucketSpan
	for _, s := range spans {
		if s.GetLength() > 0 || s.GetOffset() != 0 { // an empty one only says that the histogram is native
			out = append(out, metric.BucketSpan{Offset: s.GetOffset(), Length: s.GetLength()})
		}
	}
	if len(floats) > 0 {
		return out, floats
	}
	counts := make([]float64, len(deltas))
	var count int64
	for i, delta := range deltas {
		count += delta
		counts[i] = float64(count)
	}
	return out, counts
}
