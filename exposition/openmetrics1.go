package exposition

import (
	"fmt"
	"math"
	"strings"

	"polymeter.dev/metric"
)

// openMetrics1 writes OpenMetrics 1.0
// (https://prometheus.io/docs/specs/om/open_metrics_spec/), with quoted names
// where escaping allows UTF-8, as Prometheus reads them.
type openMetrics1 struct {
	*page
	expander metric.Expander
	part     func(*metric.Part) error // line, bound once
	current  *metric.Sample
	// omitSum and omitCount say what the current sample has that may not be
	// shown.
	omitSum, omitCount bool
	points             points
	counters           counterLines
}

func newOpenMetrics1(p *page) *openMetrics1 {
	o := &openMetrics1{page: p}
	o.part = o.line
	return o
}

func (o *openMetrics1) trailer() string { return "# EOF\n" }

func (o *openMetrics1) begin() error {
	if err := o.checkStateLabel(); err != nil {
		return err
	}
	o.expander.Created = o.created
	o.points.reset(o.desc.Type)
	o.counters = counterLines{}
	o.openMetricsMetadata(strings.HasSuffix(o.name.family, "_"+o.desc.Unit))
	return nil
}

// checkStateLabel reports a state set of which the name cannot be a label name
// under the escaping scheme, or is a reserved one: the two must be the same.
func (p *page) checkStateLabel() error {
	label := p.format.Escaping.EscapeLabelName(p.desc.Name)
	switch {
	case p.desc.Type != metric.TypeStateSet:
	case label != p.name.family:
		return fmt.Errorf("the state label %q does not have the name %q of the state set", label, p.name.family)
	case strings.HasPrefix(label, "__"):
		return fmt.Errorf("the state label %q is reserved", label)
	}
	return nil
}

// openMetricsMetadata appends TYPE, UNIT and HELP. A unit with characters that
// UNIT lines do not have is left out, as is one that does not fit the name, and a
// carriage return where it would be part of the end of a line.
func (p *page) openMetricsMetadata(unitFits bool) {
	p.buf = appendMetadata(p.buf, "# TYPE ", p.name.shown)
	p.buf = append(p.buf, p.desc.Type.String()...)
	p.buf = append(p.buf, '\n')
	// A unit may begin with a digit, a name may not.
	if unit := p.desc.Unit; unit != "" && unitFits && metric.IsLegacyMetricName("_"+unit) {
		p.buf = appendMetadata(p.buf, "# UNIT ", p.name.shown)
		p.buf = append(p.buf, unit...)
		p.buf = append(p.buf, '\n')
	}
	if help := strings.TrimRight(p.desc.Help, "\r"); help != "" {
		p.buf = appendMetadata(p.buf, "# HELP ", p.name.shown)
		p.buf = metric.AppendEscapedHelp(p.buf, help, true)
		p.buf = append(p.buf, '\n')
	}
}

func (o *openMetrics1) sample(s *metric.Sample) error {
	switch {
	case s.Histogram != nil:
		if err := o.checkHistogram(s.Histogram); err != nil {
			return err
		}
	case s.Summary != nil:
		if err := o.checkSummary(s.Summary); err != nil {
			return err
		}
	case !o.isMain(s):
		return o.expanded(s)
	default:
		return o.simple(s)
	}
	o.current = s
	return o.expander.Each(o.desc.Type, s, o.part)
}

func (o *openMetrics1) simple(s *metric.Sample) error {
	if err := checkValue(o.desc.Type, s.Value); err != nil {
		return err
	}
	if !o.trusted {
		if err := o.checkOrder(s); err != nil {
			return err
		}
	}
	if o.desc.Type == metric.TypeCounter && (!s.Start.IsZero() && o.created || len(s.Exemplars) > 0) {
		o.current = s
		return o.expander.Each(o.desc.Type, s, o.part)
	}
	o.stats.Exemplars.Misplaced += len(s.Exemplars)
	o.buf = appendSeries(o.buf, &o.name.main, o.labels, "", "")
	o.buf = metric.AppendValue(o.buf, s.Value)
	o.buf = appendTime(o.buf, s.Timestamp)
	o.buf = append(o.buf, '\n')
	return nil
}

// checkOrder reports a sample that should have stood with earlier ones.
func (o *openMetrics1) checkOrder(s *metric.Sample) error {
	switch o.desc.Type {
	case metric.TypeStateSet:
		return o.points.state(o.page, s, s.Timestamp)
	case metric.TypeCounter:
		return o.counters.add(o.page, false)
	}
	return nil
}

// checkValue reports a value that OpenMetrics, 1.0 and 2.0, does not have in a
// simple type.
func checkValue(t metric.Type, v float64) error {
	bad := false
	switch t {
	case metric.TypeCounter:
		bad = !(v >= 0)
	case metric.TypeInfo:
		bad = v != 1
	case metric.TypeStateSet:
		bad = v != 0 && v != 1
	}
	if bad {
		return fmt.Errorf("a %s cannot have the value %v", t, v)
	}
	return nil
}

// checkHistogram reports counts that are not whole, and finds out whether the
// sum can be shown, and with it the count. It must not be NaN. Where negative
// observations have a bucket, the sum of a gauge histogram may be negative, and
// a histogram must have none, since it could go down.
func (o *openMetrics1) checkHistogram(h *metric.Histogram) error {
	if !isWholeCount(h.Count) {
		return fmt.Errorf("histogram count %v is not a whole number", h.Count)
	}
	for i := range h.Buckets {
		if !isWholeCount(h.Buckets[i].Count) {
			return fmt.Errorf("bucket count %v is not a whole number", h.Buckets[i].Count)
		}
	}
	negative := len(h.Buckets) > 0 && h.Buckets[0].UpperBound < 0
	if o.desc.Type == metric.TypeGaugeHistogram {
		o.omitSum = !(h.Sum >= 0) && !(negative && h.Sum < 0)
	} else {
		o.omitSum = negative || !(h.Sum >= 0)
	}
	o.omitCount = o.omitSum
	return nil
}

func (o *openMetrics1) checkSummary(s *metric.Summary) error {
	if !isWholeCount(s.Count) {
		return fmt.Errorf("summary count %v is not a whole number", s.Count)
	}
	o.omitSum, o.omitCount = !(s.Sum >= 0), false
	return nil
}

func isWholeCount(v float64) bool {
	return v >= 0 && v == math.Trunc(v) && v <= math.MaxFloat64
}

// line appends one line of a sample of this module's form.
func (o *openMetrics1) line(p *metric.Part) error {
	if o.omits(p) {
		o.stats.OmittedValues++
		return nil
	}
	o.buf = appendSeries(o.buf, &o.name.bySuffix(p.Suffix).series, o.labels, p.BoundName, p.Bound)
	o.buf = appendPartValue(o.buf, p)
	o.buf = appendTime(o.buf, o.current.Timestamp)
	if p.Exemplar != nil {
		o.exemplar(p.Exemplar)
	}
	o.buf = append(o.buf, '\n')
	return nil
}

func (o *openMetrics1) omits(p *metric.Part) bool {
	switch p.Suffix {
	case "_sum", "_gsum":
		return o.omitSum
	case "_count", "_gcount":
		return o.omitCount
	case "": // a quantile
		return p.Value < 0
	}
	return false
}

// exemplar appends an exemplar, or drops one that is too long, or has the
// character NUL: that is legal, but Prometheus would refuse the whole page.
func (o *openMetrics1) exemplar(e *metric.Exemplar) {
	labels, err := showLabels(e.Labels, o.format.Escaping)
	switch {
	case err != nil:
		o.stats.Exemplars.Unnameable++
	case labelRunes(e.Labels.Text()) > metric.MaxExemplarRunes || labelRunes(labels) > metric.MaxExemplarRunes:
		o.stats.Exemplars.TooLong++
	case strings.IndexByte(labels, 0) >= 0:
		o.stats.Exemplars.Unreadable++
	default:
		o.buf = appendExemplar(o.buf, labels, e)
	}
}

func (o *openMetrics1) end() error {
	o.current = nil
	return o.points.finish()
}

// appendTime appends the timestamp of a line, if there is one.
func appendTime(dst []byte, t metric.Timestamp) []byte {
	if t.IsZero() {
		return dst
	}
	return appendSeconds(append(dst, ' '), t)
}

// appendExemplar appends an exemplar to a line.
func appendExemplar(dst []byte, labels string, e *metric.Exemplar) []byte {
	dst = append(dst, " # {"...)
	dst = append(dst, labels...)
	dst = append(dst, '}', ' ')
	dst = metric.AppendValue(dst, e.Value)
	return appendTime(dst, e.Timestamp)
}
