package exposition

import (
	"fmt"
	"math"
	"strconv"

	"polymeter.dev/metric"
)

// textTypes are the types as the text format calls them, or what comes closest.
var textTypes = [...]string{
	metric.TypeUnknown:        "untyped",
	metric.TypeCounter:        "counter",
	metric.TypeGauge:          "gauge",
	metric.TypeSummary:        "summary",
	metric.TypeHistogram:      "histogram",
	metric.TypeGaugeHistogram: "histogram",
	metric.TypeInfo:           "gauge",
	metric.TypeStateSet:       "gauge",
}

// text writes the Prometheus text format, versions 0.0.4 and 1.0.0, which do
// not differ (https://prometheus.io/docs/instrumenting/exposition_formats/).
type text struct {
	*page
	expander metric.Expander
	part     func(*metric.Part) error // line, bound once
	current  *metric.Sample

	// extras are lines of families that the format adds after the current
	// one, by their suffix: the lines of a family must stand together.
	extras [3]extraFamily
	strays strays
}

// extraFamily is a gauge made of those samples of a family that the type has no
// place for in the text format.
type extraFamily struct {
	suffix string
	lines  []byte
}

func newText(p *page) *text {
	t := &text{page: p}
	t.part = t.line
	t.extras[0].suffix = "_created"
	t.extras[1].suffix = "_gcount"
	t.extras[2].suffix = "_gsum"
	return t
}

func (t *text) trailer() string { return "" }

func (t *text) begin() error {
	t.expander.Created = t.created
	for i := range t.extras {
		t.extras[i].lines = t.extras[i].lines[:0]
	}
	t.strays.reset()
	t.metadata(t.name.shown, textTypes[t.desc.Type])
	return nil
}

func (t *text) metadata(name, typ string) {
	if t.desc.Help != "" {
		t.buf = appendMetadata(t.buf, "# HELP ", name)
		t.buf = metric.AppendEscapedHelp(t.buf, t.desc.Help, false)
		t.buf = append(t.buf, '\n')
	}
	t.buf = appendMetadata(t.buf, "# TYPE ", name)
	t.buf = append(t.buf, typ...)
	t.buf = append(t.buf, '\n')
}

func (t *text) sample(s *metric.Sample) error {
	if !s.Timestamp.IsZero() {
		if _, ok := textMillis(s.Timestamp); !ok {
			t.stats.DroppedTimestamps++
		}
	}
	main := !s.Composite() && t.isMain(s)
	if main && (s.Start.IsZero() || !t.created) {
		t.buf = appendSeries(t.buf, &t.name.main, t.labels, "", "")
		t.buf = metric.AppendValue(t.buf, s.Value)
		t.buf = appendTextTime(t.buf, s.Timestamp)
		return nil
	}
	if main || s.Composite() {
		t.current = s
		return t.expander.Each(t.desc.Type, s, t.part)
	}
	return t.expanded(s)
}

// line appends one line of a sample of this module's form.
func (t *text) line(p *metric.Part) error {
	dst := t.linesOf(p.Suffix)
	*dst = appendSeries(*dst, &t.name.bySuffix(p.Suffix).series, t.labels, p.BoundName, p.Bound)
	*dst = appendPartValue(*dst, p)
	*dst = appendTextTime(*dst, t.current.Timestamp)
	return nil
}

// expanded appends a sample of an expanded family, which may have any name.
func (t *text) expanded(s *metric.Sample) error {
	name := t.name.byName(s.Name)
	if name == nil {
		stray, err := t.strays.name(t.page, s.Name)
		if err != nil {
			return err
		}
		t.appendLine(&t.buf, stray, "", s)
		return nil
	}
	if name.suffix == "_created" && !t.created {
		return nil
	}
	if err := checkBound(t.desc.Type, name.suffix, t.labels); err != nil {
		return err
	}
	dst := t.linesOf(name.suffix)
	if dst == &t.buf && t.strays.any() {
		return fmt.Errorf("sample %q comes after samples of other names", s.Name)
	}
	t.appendLine(dst, &name.series, name.suffix, s)
	return nil
}

func (t *text) appendLine(dst *[]byte, name *seriesName, suffix string, s *metric.Sample) {
	*dst = appendSeries(*dst, name, t.labels, "", "")
	*dst = appendRawValue(*dst, suffix, s)
	*dst = appendTextTime(*dst, s.Timestamp)
}

// linesOf returns where lines with the suffix go.
func (t *text) linesOf(suffix string) *[]byte {
	for i := range t.extras {
		if t.extras[i].suffix == suffix {
			return &t.extras[i].lines
		}
	}
	return &t.buf
}

func (t *text) end() error {
	t.current = nil
	for i := range t.extras {
		extra := &t.extras[i]
		if len(extra.lines) == 0 {
			continue
		}
		name := t.name.bySuffix(extra.suffix).series.plain
		t.metadata(metric.QuoteMetricName(name), "gauge")
		t.buf = append(t.buf, extra.lines...)
		if cap(extra.lines) > keepSize {
			extra.lines = nil
		}
	}
	return nil
}

// appendTextTime ends a line, with the timestamp if there is one.
func appendTextTime(dst []byte, t metric.Timestamp) []byte {
	if ms, ok := textMillis(t); ok {
		dst = append(dst, ' ')
		dst = strconv.AppendInt(dst, ms, 10)
	}
	return append(dst, '\n')
}

// checkBound reports a line of an expanded family that lacks the number its
// type asks for: the le of a bucket, the quantile of a summary.
func checkBound(t metric.Type, suffix, labels string) error {
	boundName := ""
	switch {
	case suffix == "_bucket":
		boundName = "le"
	case suffix == "" && t == metric.TypeSummary:
		boundName = "quantile"
	default:
		return nil
	}
	value, _, found := cutLabel(labels, boundName)
	if !found {
		return fmt.Errorf("%s sample {%s} has no label %q", t, labels, boundName)
	}
	bound, err := strconv.ParseFloat(value, 64)
	if err != nil || math.IsNaN(bound) || (boundName == "quantile" && !(bound >= 0 && bound <= 1)) {
		return fmt.Errorf("label %s=%q of %s sample {%s} is not a valid bound", boundName, value, t, labels)
	}
	return nil
}
