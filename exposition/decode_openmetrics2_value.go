package exposition

import (
	"math"

	"polymeter.dev/metric"
)

// compositeReader reads the values that stand in braces. It keeps their memory from
// one to the next.
type compositeReader struct {
	*lineScanner
	histogram metric.Histogram
	native    metric.NativeHistogram
	summary   metric.Summary
}

// read reads the value of a sample of the type, which may be unknown. It is valid
// until the next call.
func (c *compositeReader) read(t metric.Type, s *metric.Sample) {
	count, sum := "count", "sum"
	switch {
	case t == metric.TypeGaugeHistogram:
		count, sum = "gcount", "gsum"
	case t == metric.TypeUnknown && c.isNext("{gcount:"):
		c.fail("a gauge histogram in a family of unknown type, in which it could not be told from a histogram")
	}
	c.field('{', count)
	countAt := c.at
	n := c.amount("the count")
	c.field(',', sum)
	sumAt := c.at
	total := c.amount("the sum")
	if t == metric.TypeSummary || t == metric.TypeUnknown && c.isField("quantile") {
		switch {
		case !isWholeCount(n):
			c.failAt(countAt, "the count %v is not a whole number", n)
		case !(total >= 0):
			c.failAt(sumAt, "the sum of a summary cannot be %v", total)
		}
		s.Summary = c.readSummary(n, total)
	} else {
		if !(n >= 0) {
			c.failAt(countAt, "the count cannot be %v", n)
		}
		s.Histogram = c.readHistogram(n, total)
	}
	c.expect('}', "the closing brace")
}

func (c *compositeReader) readHistogram(count, sum float64) *metric.Histogram {
	h := &c.histogram
	*h = metric.Histogram{Count: count, Sum: sum, Buckets: h.Buckets[:0]}
	if c.isField("schema") {
		h.Native = c.readNative(count, sum)
	}
	if c.isField("bucket") {
		c.buckets(h)
	} else if h.Native == nil {
		c.unexpected("the field schema or bucket")
	}
	return h
}

// buckets reads classic buckets, which ascend and end in that of +Inf, the count.
func (c *compositeReader) buckets(h *metric.Histogram) {
	c.field(',', "bucket")
	c.expect('[', "the opening bracket")
	last, at := metric.Bucket{UpperBound: math.Inf(-1)}, c.at
	for i := 0; c.more(i); i++ {
		at = c.at
		b := metric.Bucket{UpperBound: c.bound()}
		if i > 0 && b.UpperBound <= last.UpperBound {
			c.failAt(at, "the bucket %s comes after that of %s", metric.FormatFloat(b.UpperBound), metric.FormatFloat(last.UpperBound))
		}
		c.expect(':', "a colon")
		at = c.at
		if b.Count = c.amount("the count of a bucket"); !(b.Count >= last.Count) {
			c.failAt(at, "the bucket %s has the count %v after %v", metric.FormatFloat(b.UpperBound), b.Count, last.Count)
		}
		h.Buckets = append(h.Buckets, b)
		last = b
	}
	switch {
	case !math.IsInf(last.UpperBound, 1):
		c.failAt(c.at-1, "there is no bucket +Inf")
	case last.Count != h.Count:
		c.failAt(at, "the bucket +Inf has the count %v, the histogram %v", last.Count, h.Count)
	}
}

// bound reads the bound of a classic bucket, whose infinities have one form only.
func (c *compositeReader) bound() float64 {
	switch {
	case c.isNext("+Inf:"):
		c.at += len("+Inf")
		return math.Inf(1)
	case c.isNext("-Inf:"):
		c.at += len("-Inf")
		return math.Inf(-1)
	}
	return c.finite("the bound of a bucket")
}

func (c *compositeReader) readNative(count, sum float64) *metric.NativeHistogram {
	n := &c.native
	start := c.at + len(",")
	n.Count, n.Sum = count, sum
	c.field(',', "schema")
	n.Schema = int32(c.whole("the schema", metric.MinSchema, metric.MaxSchema))
	c.field(',', "zero_threshold")
	at := c.at
	if n.ZeroThreshold = c.finite("the zero threshold"); n.ZeroThreshold < 0 {
		c.failAt(at, "the zero threshold %v is negative", n.ZeroThreshold)
	}
	c.field(',', "zero_count")
	n.ZeroCount = c.amount("the zero count")
	n.NegativeSpans, n.NegativeCounts = c.side("negative_spans", "negative_buckets", n.NegativeSpans[:0], n.NegativeCounts[:0])
	n.PositiveSpans, n.PositiveCounts = c.side("positive_spans", "positive_buckets", n.PositiveSpans[:0], n.PositiveCounts[:0])
	if c.peek() != '}' && !c.isField("bucket") {
		c.unexpected("the closing brace or a field that follows these")
	}
	if c.err != nil {
		return n
	}
	if err := n.Validate(); err != nil {
		c.failAt(start, "%s", withoutPrefix(err))
	}
	return n
}

// side reads the positive or the negative buckets, if there are any.
func (c *compositeReader) side(spansField, countsField string, spans []metric.BucketSpan, counts []float64) ([]metric.BucketSpan, []float64) {
	if !c.isField(spansField) {
		return spans, counts
	}
	c.field(',', spansField)
	c.expect('[', "the opening bracket")
	lowest := int64(math.MinInt32)
	for i := 0; c.more(i); i++ {
		offset := c.whole("the offset of a span", lowest, math.MaxInt32)
		c.expect(':', "a colon")
		length := c.whole("the length of a span", 0, math.MaxUint32)
		spans = append(spans, metric.BucketSpan{Offset: int32(offset), Length: uint32(length)})
		lowest = 0 // only the first span may begin below 0
	}
	c.field(',', countsField)
	c.expect('[', "the opening bracket")
	for i := 0; c.more(i); i++ {
		counts = append(counts, c.amount("the count of a bucket"))
	}
	return spans, counts
}

func (c *compositeReader) readSummary(count, sum float64) *metric.Summary {
	s := &c.summary
	*s = metric.Summary{Count: count, Sum: sum, Quantiles: s.Quantiles[:0]}
	c.field(',', "quantile")
	c.expect('[', "the opening bracket")
	for i := 0; c.more(i); i++ {
		at := c.at
		q := metric.Quantile{Quantile: c.finite("a quantile")}
		switch {
		case !(q.Quantile >= 0 && q.Quantile <= 1):
			c.failAt(at, "the quantile %v is not between 0 and 1", q.Quantile)
		case i > 0 && c.err == nil && q.Quantile <= s.Quantiles[i-1].Quantile:
			c.failAt(at, "the quantile %v comes after %v", q.Quantile, s.Quantiles[i-1].Quantile)
		}
		c.expect(':', "a colon")
		at = c.at
		if q.Value = c.amount("the value of a quantile"); q.Value < 0 {
			c.failAt(at, "the value %v of a quantile is negative", q.Value)
		}
		s.Quantiles = append(s.Quantiles, q)
	}
	return s
}
