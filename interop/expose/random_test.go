package expose_test

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/prometheus/model/textparse"
	"pgregory.net/rapid"

	"polymeter.dev/exposition"
	"polymeter.dev/interop/corpus"
	"polymeter.dev/interop/promread"
	"polymeter.dev/metric"
)

// TestPrometheusReadsRandomPages has Prometheus read random families in a
// random format, and compares all that it reads with what was put in.
func TestPrometheusReadsRandomPages(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		families, format := randomPage(r)
		composite := format.Syntax == exposition.OpenMetrics2 || format.Syntax == exposition.Protobuf
		view := corpus.View{
			Escape:       escape(promread.Schemes[format.Escaping]),
			Metadata:     format.Syntax != exposition.Text,
			Strict:       format.Syntax == exposition.OpenMetrics,
			Lines:        !composite,
			AllExemplars: format.Syntax == exposition.OpenMetrics2,
			PlainGauge:   format.Syntax == exposition.Protobuf,
		}
		want := promread.NewPage()
		for i := range families {
			want.Lines(promread.AsWritten(format, families[i].Lines(view)))
		}
		page := write(t, corpus.Collector(families), format, nil)
		got := promread.Read(r, page, format.ContentType(), textparse.ParserOptions{})
		if diff := cmp.Diff(want.Points, got.Points); diff != "" {
			r.Fatalf("(-want +got)\n%s\nin the page\n%s", diff, page)
		}
	})
}

// randomPage draws families and the format of their page.
func randomPage(r *rapid.T) (families []corpus.Family, format exposition.Format) {
	for i := range rapid.IntRange(1, 4).Draw(r, "families") {
		families = append(families, family(r, i))
	}
	return families, exposition.Format{
		Syntax:   rapid.SampledFrom([]exposition.Syntax{exposition.Text, exposition.OpenMetrics, exposition.OpenMetrics2, exposition.Protobuf}).Draw(r, "syntax"),
		Escaping: rapid.SampledFrom([]metric.Escaping{metric.AllowUTF8, metric.Underscores, metric.Dots, metric.Values}).Draw(r, "escaping"),
	}
}

// characters are those that something on the way may stumble over. NUL is
// legal, but Prometheus' parsers refuse it in names and exemplars.
var (
	characters = []rune("abAZ09_:.- \\\"\n\t\r{}=,#é日🎉\x01\x7f\u2028")
	texts      = rapid.StringOfN(rapid.RuneFrom(append(characters, 0)), 0, 8, -1)
	names      = rapid.StringOfN(rapid.RuneFrom(characters), 0, 6, -1)
	values     = rapid.OneOf(rapid.Float64(), rapid.SampledFrom([]float64{0, 1, -1, 1e6, 0.1, math.NaN(), math.Inf(1), math.Inf(-1), 1 << 53, math.MaxFloat64, 5e-324}))
	times      = rapid.OneOf(rapid.Just[int64](0), someTime)
	// someTime is one whose seconds are exact as float64, since Prometheus'
	// parsers of OpenMetrics cut off what is left below a millisecond.
	someTime = rapid.Map(rapid.Int64Range(1, 3e10), func(eighths int64) int64 { return eighths * 125 })
)

// family draws a family. The number ends its name, and each label's, so that
// no two are the same even when they are escaped.
func family(r *rapid.T, number int) corpus.Family {
	f := corpus.Family{
		Type: rapid.SampledFrom([]metric.Type{
			metric.TypeCounter, metric.TypeGauge, metric.TypeUnknown, metric.TypeInfo, metric.TypeStateSet,
			metric.TypeSummary, metric.TypeHistogram, metric.TypeGaugeHistogram,
		}).Draw(r, "type"),
		Name: fmt.Sprintf("%sx%d", names.Draw(r, "name"), number),
		// At the end of a help text, OpenMetrics leaves a carriage return out.
		Help: strings.TrimRight(texts.Draw(r, "help"), "\r"),
	}
	if f.Type == metric.TypeStateSet {
		// It must be the name of a label too.
		f.Name = fmt.Sprintf("%sx%d", labelNames.Draw(r, "state set"), number)
	}
	labels := make([]string, rapid.IntRange(0, 2).Draw(r, "labels"))
	for i := range labels {
		labels[i] = fmt.Sprintf("%sl%d", labelNames.Draw(r, "label"), i)
	}
	for i := range rapid.IntRange(0, 3).Draw(r, "points") {
		p := point(r, f.Type)
		p.Labels = map[string]string{}
		for j, name := range labels {
			p.Labels[name] = texts.Draw(r, "value")
			if j == 0 {
				p.Labels[name] += fmt.Sprint(i)
			}
		}
		f.Points = append(f.Points, p)
		if len(labels) == 0 {
			break
		}
	}
	return f
}

// labelNames have no colon, which Prometheus does not escape in labels, and do
// not start with what is reserved, not even when they are escaped.
var labelNames = names.Filter(func(name string) bool {
	return !strings.Contains(name, ":") && !strings.HasPrefix(metric.Underscores.EscapeLabelName(name+"a"), "__") &&
		!strings.HasPrefix(metric.Dots.EscapeLabelName(name+"a"), "__")
})

// point draws a point that is valid for the type, but for its labels.
func point(r *rapid.T, t metric.Type) corpus.Point {
	p := corpus.Point{Time: times.Draw(r, "time")}
	count := func(label string) float64 { return float64(rapid.IntRange(0, 1000).Draw(r, label)) }
	switch t {
	case metric.TypeCounter:
		p.Value, p.Created = math.Abs(count("counter")/8), times.Draw(r, "created")
		if rapid.Bool().Draw(r, "exemplar") {
			p.Exemplars = []corpus.Exemplar{exemplar(r, values.Draw(r, "exemplar value"))}
		}
	case metric.TypeInfo:
		p.Info = map[string]string{labelNames.Draw(r, "info") + "i": texts.Draw(r, "text")}
	case metric.TypeStateSet:
		p.States = map[string]bool{texts.Draw(r, "state"): rapid.Bool().Draw(r, "on"), "second": true}
	case metric.TypeSummary:
		p.Count, p.Sum, p.Created = count("count"), count("sum")/8, times.Draw(r, "created")
		for _, q := range []float64{0, 0.5, 0.999, 1} {
			if rapid.Bool().Draw(r, "quantile") {
				p.Quantiles = append(p.Quantiles, metric.Quantile{Quantile: q, Value: count("quantile value") / 8})
			}
		}
	case metric.TypeHistogram, metric.TypeGaugeHistogram:
		p.Sum = count("sum") / 8
		total, lower := 0.0, math.Inf(-1)
		for _, bound := range []float64{-1e6, -0.5, 0, 0.1, 1, 12345678.5, math.Inf(1)} {
			if !math.IsInf(bound, 1) && rapid.Bool().Draw(r, "no bucket") {
				continue
			}
			total += count("bucket")
			p.Buckets = append(p.Buckets, metric.Bucket{UpperBound: bound, Count: total})
			if rapid.Bool().Draw(r, "exemplar") {
				v := bound
				if math.IsInf(v, 1) {
					v = max(lower, 0) + 2e7
				}
				x := exemplar(r, v)
				x.Time += int64(len(p.Buckets)) * 125 // the corpus has them in order
				p.Exemplars = append(p.Exemplars, x)
			}
			lower = bound
		}
		if t == metric.TypeHistogram {
			p.Created = times.Draw(r, "created")
		}
	default:
		p.Value = values.Draw(r, "gauge")
	}
	return p
}

func exemplar(r *rapid.T, value float64) corpus.Exemplar {
	return corpus.Exemplar{
		Labels: map[string]string{labelNames.Draw(r, "exemplar name") + "e": names.Draw(r, "exemplar label")},
		Value:  value,
		Time:   someTime.Draw(r, "exemplar time"),
	}
}
