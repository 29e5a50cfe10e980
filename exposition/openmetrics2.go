package exposition

import (
	"fmt"
	"strconv"

	"polymeter.dev/metric"
)

// openMetrics2 writes OpenMetrics 2.0, of which 2.0.0-rc0 is the latest draft
// (https://prometheus.io/docs/specs/om/open_metrics_spec_2_0/).
type openMetrics2 struct {
	*page
	points points
}

func (o *openMetrics2) trailer() string { return "# EOF\n" }

func (o *openMetrics2) begin() error {
	if err := o.checkStateLabel(); err != nil {
		return err
	}
	o.points.reset(o.desc.Type)
	o.openMetricsMetadata(true)
	return nil
}

func (o *openMetrics2) sample(s *metric.Sample) error {
	if !s.Composite() && !o.isMain(s) {
		return o.errName(s)
	}
	if o.desc.Type == metric.TypeStateSet && !o.trusted {
		if err := o.points.state(o.page, s, metric.Timestamp{}); err != nil {
			return err
		}
	}
	o.buf = appendSeries(o.buf, &o.name.main, o.labels, "", "")
	if err := o.value(s); err != nil {
		return err
	}
	o.buf = appendTime(o.buf, s.Timestamp)
	if o.created && !s.Start.IsZero() && hasStart(o.desc.Type) {
		o.buf = appendSeconds(append(o.buf, " st@"...), s.Start)
	}
	o.exemplars(s)
	o.buf = append(o.buf, '\n')
	return nil
}

// hasStart reports whether samples of the type have a start timestamp.
func hasStart(t metric.Type) bool {
	return t == metric.TypeCounter || t == metric.TypeSummary || t == metric.TypeHistogram
}

func (o *openMetrics2) value(s *metric.Sample) error {
	switch {
	case s.Histogram != nil:
		return o.histogram(s.Histogram)
	case s.Summary != nil:
		return o.summary(s.Summary)
	}
	if err := checkValue(o.desc.Type, s.Value); err != nil {
		return err
	}
	o.buf = metric.AppendValue(o.buf, s.Value)
	return nil
}

func (o *openMetrics2) histogram(h *metric.Histogram) error {
	count, sum := "{count:", ",sum:"
	if o.desc.Type == metric.TypeGaugeHistogram {
		count, sum = "{gcount:", ",gsum:"
	} else if !(h.Count >= 0) {
		return fmt.Errorf("histogram count %v is negative or NaN", h.Count)
	}
	o.buf = metric.AppendValue(append(o.buf, count...), h.Count)
	o.buf = metric.AppendValue(append(o.buf, sum...), shownSum(h))
	if h.Native != nil {
		o.native(h.Native)
	}
	if len(h.Buckets) > 0 {
		o.buckets(h.Buckets)
	}
	o.buf = append(o.buf, '}')
	return nil
}

// shownSum returns the sum for formats that cannot leave it out.
func shownSum(h *metric.Histogram) float64 {
	if h.NoSum {
		return metric.NaN()
	}
	return h.Sum
}

func (o *openMetrics2) buckets(buckets []metric.Bucket) {
	o.buf = append(o.buf, ",bucket:["...)
	for i, b := range buckets {
		o.separate(i)
		o.buf = append(metric.AppendFloat(o.buf, b.UpperBound), ':')
		o.buf = metric.AppendValue(o.buf, b.Count)
	}
	o.buf = append(o.buf, ']')
}

func (o *openMetrics2) native(h *metric.NativeHistogram) {
	o.buf = strconv.AppendInt(append(o.buf, ",schema:"...), int64(h.Schema), 10)
	o.buf = metric.AppendValue(append(o.buf, ",zero_threshold:"...), h.ZeroThreshold)
	o.buf = metric.AppendValue(append(o.buf, ",zero_count:"...), h.ZeroCount)
	o.side(",negative_spans:[", "],negative_buckets:[", h.NegativeSpans, h.NegativeCounts)
	o.side(",positive_spans:[", "],positive_buckets:[", h.PositiveSpans, h.PositiveCounts)
}

// side appends the positive or the negative buckets, or nothing if there are
// none.
func (o *openMetrics2) side(spansField, countsField string, spans []metric.BucketSpan, counts []float64) {
	if len(counts) == 0 {
		return
	}
	o.buf = append(o.buf, spansField...)
	for i, span := range spans {
		o.separate(i)
		o.buf = append(strconv.AppendInt(o.buf, int64(span.Offset), 10), ':')
		o.buf = strconv.AppendUint(o.buf, uint64(span.Length), 10)
	}
	o.buf = append(o.buf, countsField...)
	for i, count := range counts {
		o.separate(i)
		o.buf = metric.AppendValue(o.buf, count)
	}
	o.buf = append(o.buf, ']')
}

// summary appends a summary. Its sum cannot be left out, so a sum that may not
// be shown refuses the family; a quantile can.
func (o *openMetrics2) summary(s *metric.Summary) error {
	if !isWholeCount(s.Count) || !(s.Sum >= 0) {
		return fmt.Errorf("a summary cannot have the count %v and the sum %v", s.Count, s.Sum)
	}
	o.buf = metric.AppendValue(append(o.buf, "{count:"...), s.Count)
	o.buf = metric.AppendValue(append(o.buf, ",sum:"...), s.Sum)
	o.buf = append(o.buf, ",quantile:["...)
	shown := 0
	for _, q := range s.Quantiles {
		if q.Value < 0 {
			o.stats.OmittedValues++
			continue
		}
		o.separate(shown)
		shown++
		o.buf = append(metric.AppendFloat(o.buf, q.Quantile), ':')
		o.buf = metric.AppendValue(o.buf, q.Value)
	}
	o.buf = append(o.buf, ']', '}')
	return nil
}

// exemplars appends all exemplars that have a timestamp.
func (o *openMetrics2) exemplars(s *metric.Sample) {
	if s.Histogram == nil && o.desc.Type != metric.TypeCounter {
		o.stats.Exemplars.Misplaced += len(s.Exemplars)
		return
	}
	for i := range s.Exemplars {
		e := &s.Exemplars[i]
		labels, err := showLabels(e.Labels, o.format.Escaping)
		switch {
		case err != nil:
			o.stats.Exemplars.Unnameable++
		case e.Timestamp.IsZero():
			o.stats.Exemplars.NoTimestamp++
		default:
			o.buf = appendExemplar(o.buf, labels, e)
		}
	}
}

func (o *openMetrics2) end() error { return o.points.finish() }
