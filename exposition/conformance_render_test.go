package exposition_test

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"polymeter.dev/exposition"
	"polymeter.dev/metric"
)

// renderFamilies shows families as the conformance corpus does: one line for each,
// and one, which is indented, for each sample.
func renderFamilies(tb testing.TB, families []metric.Family) string {
	tb.Helper()
	var text strings.Builder
	for _, f := range families {
		d := f.Desc()
		fmt.Fprintf(&text, "%s %s", renderName(d.Name, metric.IsLegacyMetricName), d.Type)
		if d.Unit != "" {
			fmt.Fprintf(&text, " unit %s", d.Unit)
		}
		if d.Help != "" {
			fmt.Fprintf(&text, " help %q", d.Help)
		}
		if d.Written != "" {
			fmt.Fprintf(&text, " written %s", renderName(d.Written, metric.IsLegacyMetricName))
		}
		text.WriteByte('\n')
		err := f.Each(func(s *metric.Sample) error {
			checkCanonical(tb, s.Labels)
			for _, e := range s.Exemplars {
				checkCanonical(tb, e.Labels)
			}
			text.WriteString("  " + renderSample(s) + "\n")
			return nil
		})
		if err != nil {
			tb.Error(err)
		}
	}
	return text.String()
}

// renderDropped shows what a decoder has left out.
func renderDropped(d exposition.Decoder) (text string) {
	dropper, ok := d.(interface {
		DroppedExemplars() int
		DroppedUnits() int
	})
	if !ok {
		return ""
	}
	if n := dropper.DroppedExemplars(); n > 0 {
		text += fmt.Sprintf("dropped exemplars %d\n", n)
	}
	if n := dropper.DroppedUnits(); n > 0 {
		text += fmt.Sprintf("dropped units %d\n", n)
	}
	return text
}

// checkCanonical holds the text of a label set against that of the same labels put
// together in another way: two sets are the same when their texts are.
func checkCanonical(tb testing.TB, l metric.Labels) {
	tb.Helper()
	want, err := metric.LabelsFromMap(l.Map())
	if err != nil || want != l {
		tb.Errorf("labels {%s} are not canonical, which would be {%s} (error %v)", l.Text(), want.Text(), err)
	}
}

func renderName(name string, plain func(string) bool) string {
	if plain(name) {
		return name
	}
	return strconv.Quote(name)
}

func renderSample(s *metric.Sample) string {
	text := renderName(s.Name, metric.IsLegacyMetricName)
	if !s.Labels.IsZero() {
		text += renderLabels(s.Labels)
	}
	switch {
	case s.Histogram != nil:
		text += renderHistogram(s.Histogram)
	case s.Summary != nil:
		text += renderSummary(s.Summary)
	default:
		text += " " + renderFloat(s.Value)
	}
	text += renderTime(" @", s.Timestamp) + renderTime(" start ", s.Start)
	for _, e := range s.Exemplars {
		text += " # " + renderLabels(e.Labels) + " " + renderFloat(e.Value) + renderTime(" @", e.Timestamp)
	}
	return text
}

func renderLabels(l metric.Labels) string {
	var pairs []string
	for name, value := range l.All() {
		pairs = append(pairs, renderName(name, metric.IsLegacyLabelName)+"="+strconv.Quote(value))
	}
	return "{" + strings.Join(pairs, ",") + "}"
}

func renderTime(before string, t metric.Timestamp) string {
	if t.IsZero() {
		return ""
	}
	text, _ := t.AppendText([]byte(before)) // it never fails
	return string(text)
}

func renderFloat(f float64) string { return strconv.FormatFloat(f, 'g', -1, 64) }

func renderHistogram(h *metric.Histogram) string {
	text := " histogram count " + renderFloat(h.Count)
	if !h.NoSum {
		text += " sum " + renderFloat(h.Sum)
	}
	for _, b := range h.Buckets {
		text += " le " + renderFloat(b.UpperBound) + " " + renderFloat(b.Count)
	}
	n := h.Native
	if n == nil {
		return text
	}
	text += fmt.Sprintf(" schema %d zero %s %s", n.Schema, renderFloat(n.ZeroThreshold), renderFloat(n.ZeroCount))
	for _, bound := range n.CustomBounds {
		text += " bound " + renderFloat(bound)
	}
	return text + renderSpans(" negative", n.NegativeSpans, n.NegativeCounts) + renderSpans(" positive", n.PositiveSpans, n.PositiveCounts)
}

func renderSpans(side string, spans []metric.BucketSpan, counts []float64) string {
	if len(spans) == 0 && len(counts) == 0 {
		return ""
	}
	for _, s := range spans {
		side += fmt.Sprintf(" %d:%d", s.Offset, s.Length)
	}
	side += " counts"
	for _, c := range counts {
		side += " " + renderFloat(c)
	}
	return side
}

func renderSummary(s *metric.Summary) string {
	text := " summary count " + renderFloat(s.Count) + " sum " + renderFloat(s.Sum)
	for _, q := range s.Quantiles {
		text += " quantile " + renderFloat(q.Quantile) + " " + renderFloat(q.Value)
	}
	return text
}
