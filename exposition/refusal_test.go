package exposition_test

import (
	"bytes"
	"context"
	"errors"
	"math"
	"strings"
	"testing"

	"polymeter.dev/exposition"
	"polymeter.dev/metric"
)

var (
	text     = exposition.FormatText()
	textUTF8 = exposition.FormatText100()
	om1      = exposition.FormatOpenMetrics()
	om2      = exposition.FormatOpenMetrics2()
	pb       = exposition.FormatProtobuf()
	json     = exposition.FormatJSON()
)

// everywhere are the formats in one list.
var everywhere = []exposition.Format{text, textUTF8, om1, om2, pb, json}

// plain is an unremarkable gauge.
func plain(name string) metric.Family {
	return &family{metric.Desc{Name: name, Help: "Fine.", Type: metric.TypeGauge}, []metric.Sample{sample(name, 1, "a", "b")}}
}

func of(t metric.Type, name string, samples ...metric.Sample) *family {
	return &family{metric.Desc{Name: name, Type: t}, samples}
}

func histogram(h metric.Histogram, pairs ...string) metric.Sample {
	return metric.Sample{Name: "x", Labels: labels(pairs...), Histogram: &h}
}

func summary(s metric.Summary) metric.Sample { return metric.Sample{Name: "x", Summary: &s} }

func timed(s metric.Sample, t metric.Timestamp) metric.Sample {
	s.Timestamp = t
	return s
}

// swallows is a family that ignores what visit returns.
type swallows struct{ *family }

func (s swallows) Each(visit func(*metric.Sample) error) error {
	for i := range s.samples {
		_ = visit(&s.samples[i])
	}
	return nil
}

// fails is a family that fails after its samples.
type fails struct {
	*family
	err error
}

func (f fails) Each(visit func(*metric.Sample) error) error {
	return errors.Join(f.family.Each(visit), f.err)
}

// bare is a family without a description.
type bare struct{ metric.Family }

func (bare) Desc() *metric.Desc { return nil }

// TestRefused checks that what a format cannot say is kept off the page as a
// whole, is named, and harms no other family.
func TestRefused(t *testing.T) {
	t.Parallel()
	const gauge, counter, info = metric.TypeGauge, metric.TypeCounter, metric.TypeInfo
	const hist, gaugeHist, summ, state = metric.TypeHistogram, metric.TypeGaugeHistogram, metric.TypeSummary, metric.TypeStateSet
	failure := errors.New("disk on fire")
	le := func(bound string, value float64) metric.Sample { return sample("x_bucket", value, "le", bound) }
	tests := []struct {
		name    string
		formats []exposition.Format
		family  metric.Family
		want    string // in the error
	}{
		{"no description", everywhere, bare{plain("x")}, "no description"},
		{"invalid type", everywhere, of(200, "x"), "type 200"},
		{"invalid type, trusted", everywhere, trusted{of(200, "x")}, "type 200"},
		{"empty name", everywhere, of(gauge, ""), "is empty"},
		{"invalid UTF-8 in the name", everywhere, of(gauge, "x\xff"), "UTF-8"},
		{"unit not in the name", everywhere, &family{metric.Desc{Name: "x", Unit: "bytes"}, nil}, "unit"},
		{"family fails", everywhere, fails{of(gauge, "x", sample("x", 1)), failure}, "disk on fire"},
		{"family hides the refusal", everywhere, swallows{of(gauge, "x", sample("x", 1), sample("x", 2))}, "twice"},
		{"nil sample", everywhere, metricFunc{desc: &metric.Desc{Name: "x"}, each: func(visit func(*metric.Sample) error) error { return visit(nil) }}, "nil"},
		{"name on the page", everywhere, plain("before"), "already"},
		{"sample name on the page", everywhere, of(counter, "early"), `"early_total" is already`},
		{"no sample name", everywhere, of(gauge, "x", metric.Sample{}), "is empty"},
		{"invalid UTF-8 in a sample name", everywhere, of(gauge, "x", metric.Sample{Name: "y\xff"}), "UTF-8"},
		{"series twice", everywhere, of(gauge, "x", sample("x", 1, "a", "1"), sample("x", 2, "a", "1")), "twice"},
		{"series twice under both names", everywhere, of(counter, "x", sample("x", 1), sample("x_total", 2)), ""},
		{"series in two pieces", everywhere, of(gauge, "x", timed(sample("x", 1), at(1, 0)), sample("x", 1, "a", "b"), timed(sample("x", 2), at(2, 0))), "apart"},
		{"time stands still", everywhere, of(gauge, "x", timed(sample("x", 1), at(1, 0)), timed(sample("x", 2), at(1, 0))), "twice"},
		{"time goes backwards", everywhere, of(gauge, "x", timed(sample("x", 1), at(2, 0)), timed(sample("x", 2), at(1, 0))), "twice"},
		{"time is dropped", everywhere, of(gauge, "x", timed(sample("x", 1), at(2, 0)), sample("x", 2)), "twice"},
		{"points within a millisecond", []exposition.Format{text, pb}, of(gauge, "x", timed(sample("x", 1), at(1, 1)), timed(sample("x", 2), at(1, 2))), "twice"},
		{"two points before 1970", []exposition.Format{text}, of(gauge, "x", timed(sample("x", 1), at(-9, 0)), timed(sample("x", 2), at(-8, 0))), "twice"},
		{"reserved label", everywhere, of(gauge, "x", sample("x", 1, "__a", "1")), "reserved"},
		{"le on a histogram", everywhere, of(hist, "x", histogram(metric.Histogram{Buckets: buckets(inf, 0)}, "le", "1")), "reserved"},
		{"histogram in a gauge", everywhere, of(gauge, "x", histogram(metric.Histogram{Buckets: buckets(inf, 0)})), "gauge has not"},
		{"summary in a histogram", everywhere, trusted{of(hist, "x", summary(metric.Summary{}))}, "histogram has not"},
		{"both values", everywhere, of(hist, "x", metric.Sample{Name: "x", Histogram: &metric.Histogram{Buckets: buckets(inf, 0)}, Summary: &metric.Summary{}}), "has not"},
		{"no buckets", everywhere, of(hist, "x", histogram(metric.Histogram{Count: 1})), "no buckets"},
		{"no +Inf", everywhere, of(hist, "x", histogram(metric.Histogram{Count: 1, Buckets: buckets(1, 1)})), "+Inf"},
		{"not cumulative", everywhere, of(hist, "x", histogram(metric.Histogram{Count: 1, Buckets: buckets(1, 2, inf, 1)})), "less than"},
		{"bad native buckets", everywhere, of(hist, "x", histogram(metric.Histogram{Native: &metric.NativeHistogram{Schema: 9}})), "schema"},
		{"bad custom bounds", everywhere, of(hist, "x", histogram(metric.Histogram{Native: &metric.NativeHistogram{Schema: -53, CustomBounds: []float64{2, 1}}})), "custom bound"},
		{"start timestamp twice", []exposition.Format{text, om1, json}, of(counter, "x", metric.Sample{Name: "x_total", Value: 1, Start: at(1, 0)}, sample("x_created", 1)), "of its own"},
		{"histogram and its lines", []exposition.Format{text, om1, json}, of(hist, "x", histogram(metric.Histogram{Buckets: buckets(inf, 0)}), sample("x_count", 1)), "of its own"},
		{"quantile above 1", everywhere, of(summ, "x", summary(metric.Summary{Quantiles: []metric.Quantile{{Quantile: 1.5}}})), "between 0 and 1"},
		{"other name of a histogram", everywhere, of(hist, "x", metric.Sample{Name: "y", Histogram: &metric.Histogram{Buckets: buckets(inf, 0)}}), "not that of the family"},
		{"state without label", everywhere, of(state, "x", sample("x", 1, "y", "on")), "no label"},
		{"negative counter", []exposition.Format{om1, om2}, of(counter, "x", sample("x_total", -1)), "-1"},
		{"NaN counter", []exposition.Format{om1, om2}, trusted{of(counter, "x", sample("x_total", math.NaN()))}, "NaN"},
		{"info of 2", []exposition.Format{om1, om2}, of(info, "x", sample("x_info", 2)), "2"},
		{"state of 2", []exposition.Format{om1, om2}, of(state, "x", sample("x", 2, "x", "on")), "2"},
		{"reserved state label", []exposition.Format{om1, om2}, of(state, "__x", sample("__x", 1, "__x", "on")), "reserved"},
		{"state sets interleaved", []exposition.Format{om1, om2}, of(state, "x", sample("x", 1, "x", "on", "a", "1"), sample("x", 1, "x", "on", "a", "2"), sample("x", 0, "x", "off", "a", "1")), "apart"},
		{"states in turns", []exposition.Format{om2}, of(state, "x", timed(sample("x", 1, "x", "on"), at(1, 0)), timed(sample("x", 0, "x", "off"), at(1, 0)), timed(sample("x", 0, "x", "on"), at(2, 0))), "apart"},
		{"composite values of unknown type", []exposition.Format{text, textUTF8, om1, pb, json}, of(metric.TypeUnknown, "x", summary(metric.Summary{})), "unknown has not"},
		{"fractional bucket", []exposition.Format{om1}, of(hist, "x", histogram(metric.Histogram{Count: 1.5, Buckets: buckets(inf, 1.5)})), "whole"},
		{"fractional summary", []exposition.Format{om1, om2, pb}, of(summ, "x", summary(metric.Summary{Count: 1.5})), "1.5"},
		{"negative summary", []exposition.Format{om2}, of(summ, "x", summary(metric.Summary{Count: 1, Sum: -1})), "sum -1"},
		{"foreign sample name", []exposition.Format{om1, om2, pb}, of(gauge, "x", sample("y", 1)), `"y"`},
		{"sample of another type", []exposition.Format{om1, om2, pb}, of(counter, "x", sample("x_sum", 1)), "x_sum"},
		{"bare sample of a histogram", []exposition.Format{om1, om2, pb}, of(hist, "x", sample("x", 1)), `"x"`},
		{"bucket without le", everywhere[:5], of(hist, "x", sample("x_bucket", 1)), `"le"`},
		{"bucket with a bad le", everywhere[:5], of(hist, "x", sample("x_bucket", 1, "le", "much")), `"much"`},
		{"bad quantile", everywhere[:5], of(summ, "x", sample("x", 1, "quantile", "2"), sample("x_count", 1), sample("x_sum", 1)), "quantile"},
		{"expanded, no +Inf", []exposition.Format{om1, om2, pb}, of(hist, "x", le("1", 1)), `le="+Inf"`},
		{"expanded, odd infinity", []exposition.Format{om1}, of(hist, "x", le("Inf", 1)), "canonical"},
		{"expanded, bounds descend", []exposition.Format{om1}, of(hist, "x", le("2", 1), le("1", 1), le("+Inf", 1)), "ascend"},
		{"expanded, bound twice", []exposition.Format{om1, om2, pb}, of(hist, "x", le("1", 1), le("1.0", 1), le("+Inf", 1)), "le="},
		{"expanded, not cumulative", []exposition.Format{om1, om2, pb}, of(hist, "x", le("1", 2), le("+Inf", 1)), ""},
		{"expanded, fractional", []exposition.Format{om1}, of(hist, "x", le("+Inf", 1.5)), "1.5"},
		{"expanded, count without sum", []exposition.Format{om1}, of(hist, "x", le("+Inf", 1), sample("x_count", 1)), "only one"},
		{"expanded, other count", []exposition.Format{om1, om2, pb}, of(hist, "x", le("+Inf", 1), sample("x_count", 2), sample("x_sum", 1)), "count 2"},
		{"expanded, negative sum", []exposition.Format{om1}, of(hist, "x", le("+Inf", 1), sample("x_count", 1), sample("x_sum", -1)), "sum -1"},
		{"expanded, negative bound and sum", []exposition.Format{om1}, of(hist, "x", le("-1", 1), le("+Inf", 1), sample("x_count", 1), sample("x_sum", 1)), "negative buckets"},
		{"expanded, NaN gsum", []exposition.Format{om1}, of(gaugeHist, "x", le("+Inf", 1), sample("x_gcount", 1), sample("x_gsum", math.NaN())), "NaN"},
		{"expanded, sum twice", everywhere, of(hist, "x", le("+Inf", 1), sample("x_sum", 1), sample("x_sum", 1)), ""},
		{"expanded, series apart", []exposition.Format{om1}, of(summ, "x", sample("x_count", 1, "a", "1"), sample("x_count", 1, "a", "2"), sample("x_sum", 1, "a", "1")), "apart"},
		{"expanded, negative quantile", []exposition.Format{om1}, of(summ, "x", sample("x", -1, "quantile", "0.5")), "negative"},
		{"expanded, negative summary", []exposition.Format{om1, om2}, of(summ, "x", sample("x_count", 1), sample("x_sum", -1)), "sum -1"},
		{"expanded, fractional count", []exposition.Format{om1, om2, pb}, of(summ, "x", sample("x_count", 0.5), sample("x_sum", 1)), "0.5"},
		{"expanded counter, apart", []exposition.Format{om1}, of(counter, "x", sample("x_total", 1, "a", "1"), sample("x_total", 1, "a", "2"), sample("x_created", 1, "a", "1")), "apart"},
		{"expanded counter, created first, apart", []exposition.Format{om1}, of(counter, "x", sample("x_created", 1, "a", "1"), sample("x_total", 1, "a", "2"), sample("x_total", 1, "a", "1")), "apart"},
		{"forms mixed", []exposition.Format{om2, pb}, of(hist, "x", le("+Inf", 1), histogram(metric.Histogram{Buckets: buckets(inf, 0)}, "a", "b")), "mixed"},
		{"stray name is taken", []exposition.Format{text}, of(gauge, "x", sample("x", 1), sample("before", 1)), "already"},
		{"stray names take turns", []exposition.Format{text}, of(gauge, "x", sample("y", 1), sample("z", 1), sample("y", 1, "a", "b")), "already"},
		{"family after a stray", []exposition.Format{text}, of(summ, "x", sample("y", 1), sample("x_sum", 1)), "comes after"},
	}
	for _, test := range tests {
		for _, format := range test.formats {
			t.Run(test.name+"/"+format.ContentType(), func(t *testing.T) {
				t.Parallel()
				early := of(gauge, "early_total", sample("early_total", 1))
				want, _ := write(t, format, plain("before"), early, plain("x_after"))
				var page bytes.Buffer
				stats, err := exposition.Write(context.Background(), &page, collector(plain("before"), early, test.family, plain("x_after")), format, nil)
				var refused *exposition.FamilyError
				if !errors.As(err, &refused) {
					t.Fatalf("error %v", err)
				}
				if !strings.Contains(refused.Error(), test.want) {
					t.Errorf("error %q does not say %q", refused, test.want)
				}
				if desc := test.family.Desc(); desc != nil && refused.Family != desc.Name {
					t.Errorf("error names family %q, not %q", refused.Family, desc.Name)
				}
				if page.String() != want {
					t.Errorf("page is\n%s\nnot\n%s", page.String(), want)
				}
				if want := (exposition.Stats{Families: 3, Samples: 3, Refused: 1}); stats != want {
					t.Errorf("stats %+v, not %+v", stats, want)
				}
			})
		}
	}
}

// metricFunc is a family made of functions.
type metricFunc struct {
	desc *metric.Desc
	each func(func(*metric.Sample) error) error
}

func (f metricFunc) Desc() *metric.Desc                          { return f.desc }
func (f metricFunc) Each(visit func(*metric.Sample) error) error { return f.each(visit) }

// write returns the page of families that are all fine.
func write(t *testing.T, format exposition.Format, families ...metric.Family) (string, exposition.Stats) {
	t.Helper()
	return writeWith(t, format, nil, families...)
}

func writeWith(t *testing.T, format exposition.Format, o *exposition.Options, families ...metric.Family) (string, exposition.Stats) {
	t.Helper()
	var page bytes.Buffer
	stats, err := exposition.Write(context.Background(), &page, collector(families...), format, o)
	if err != nil {
		t.Error(err)
	}
	return page.String(), stats
}

// TestEscapedClashes checks that what escaping makes equal is refused.
func TestEscapedClashes(t *testing.T) {
	t.Parallel()
	const gauge = metric.TypeGauge
	tests := []struct {
		name   string
		family metric.Family
		want   string
	}{
		{"family names", of(gauge, "clash.x", sample("clash.x", 1)), `"clash_x" is already`},
		{"trusted family names", trusted{of(gauge, "clash.x", sample("clash.x", 1))}, `"clash_x" is already`},
		{"label names of a series", of(gauge, "x", sample("x", 1, "a.b", "1", "a_b", "2")), `become "a_b"`},
		{"label names of a trusted series", trusted{of(gauge, "x", sample("x", 1, "a.b", "1", "a_b", "2"))}, `become "a_b"`},
		{"series", of(gauge, "x", sample("x", 1, "a_b", "1"), sample("x", 1, "a.b", "1")), "twice"},
		{"trusted series", trusted{of(gauge, "x", sample("x", 1, "a.b", "1"), sample("x", 1, "a_b", "1"))}, "twice"},
	}
	for _, syntax := range []exposition.Syntax{exposition.Text, exposition.OpenMetrics, exposition.OpenMetrics2, exposition.Protobuf, exposition.JSON} {
		for _, test := range tests {
			t.Run(test.name+"/"+syntax.String(), func(t *testing.T) {
				t.Parallel()
				c := collector(plain("clash_x"), test.family)
				_, err := exposition.Write(context.Background(), new(bytes.Buffer), c, exposition.Format{Syntax: syntax}, nil)
				if err == nil || !strings.Contains(err.Error(), test.want) {
					t.Errorf("error %v does not say %q", err, test.want)
				}
				c = collector(plain("clash_x"), test.family)
				if _, err := exposition.Write(context.Background(), new(bytes.Buffer), c, exposition.Format{Syntax: syntax, Escaping: metric.AllowUTF8}, nil); err != nil {
					t.Errorf("unescaped: %v", err)
				}
			})
		}
	}
}
