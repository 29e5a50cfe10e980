package exposition

import (
	"math"

	"polymeter.dev/metric"
)

// Fields of Histogram, Bucket and BucketSpan.
const (
	histogramCount, histogramSum, histogramBucket, histogramCountFloat = 1, 2, 3, 4
	histogramSchema, histogramZeroThreshold                            = 5, 6
	histogramZeroCount, histogramZeroCountFloat                        = 7, 8
	histogramNegativeSpan, histogramNegativeDelta, histogramNegative   = 9, 10, 11
	histogramPositiveSpan, histogramPositiveDelta, histogramPositive   = 12, 13, 14
	histogramCreated, histogramExemplars                               = 15, 16
	bucketCount, bucketUpperBound, bucketExemplar, bucketCountFloat    = 1, 2, 3, 4
	spanOffset, spanLength                                             = 1, 2
)

// maxExactCount is the greatest count up to which float64 has all whole
// numbers.
const maxExactCount = 1 << 53

// histogram writes a histogram with classic buckets, native ones, or both. Its
// counts are whole numbers in one set of fields, or else all in another.
func (p *protobuf) histogram(s *metric.Sample) error {
	h := s.Histogram
	whole := wholeHistogram(h)
	p.count(histogramCount, histogramCountFloat, whole, h.Count)
	p.out.double(histogramSum, shownSum(h))
	lower := math.Inf(-1)
	for i := range h.Buckets {
		p.bucket(&h.Buckets[i], lower, whole, s.Exemplars)
		lower = h.Buckets[i].UpperBound
	}
	if h.Native != nil {
		p.native(h.Native, whole)
	}
	p.writeStart(histogramCreated, s)
	if h.Native != nil {
		p.nativeExemplars(s)
	}
	return nil
}

// count writes a count in one of the two fields that it has.
func (p *protobuf) count(field, floatField int, whole bool, v float64) {
	if whole {
		p.out.uint(field, uint64(v))
	} else {
		p.out.double(floatField, v)
	}
}

func (p *protobuf) bucket(b *metric.Bucket, lower float64, whole bool, exemplars []metric.Exemplar) {
	at := p.out.open(histogramBucket)
	p.count(bucketCount, bucketCountFloat, whole, b.Count)
	p.out.double(bucketUpperBound, b.UpperBound)
	if len(exemplars) > 0 {
		if e := metric.NewestExemplar(exemplars, lower, b.UpperBound); e != nil {
			p.exemplar(bucketExemplar, e)
		}
	}
	p.out.close(at)
}

func (p *protobuf) native(h *metric.NativeHistogram, whole bool) {
	p.out.sint(histogramSchema, int64(h.Schema))
	p.out.double(histogramZeroThreshold, h.ZeroThreshold)
	p.count(histogramZeroCount, histogramZeroCountFloat, whole, h.ZeroCount)
	p.spans(histogramNegativeSpan, h.NegativeSpans)
	p.counts(histogramNegativeDelta, histogramNegative, whole, h.NegativeCounts)
	p.spans(histogramPositiveSpan, h.PositiveSpans)
	p.counts(histogramPositiveDelta, histogramPositive, whole, h.PositiveCounts)
	if len(h.PositiveSpans)+len(h.NegativeSpans) == 0 && h.ZeroThreshold == 0 && h.ZeroCount == 0 {
		p.span(histogramPositiveSpan, metric.BucketSpan{}) // shows that it is native
	}
}

func (p *protobuf) spans(field int, spans []metric.BucketSpan) {
	for _, span := range spans {
		p.span(field, span)
	}
}

func (p *protobuf) span(field int, s metric.BucketSpan) {
	at := p.out.open(field)
	p.out.sint(spanOffset, int64(s.Offset))
	p.out.uint(spanLength, uint64(s.Length))
	p.out.close(at)
}

// counts writes bucket counts, whole ones as the differences between them.
func (p *protobuf) counts(deltaField, field int, whole bool, counts []float64) {
	previous := int64(0)
	for _, count := range counts {
		if !whole {
			p.out.double(field, count)
			continue
		}
		p.out.sint(deltaField, int64(count)-previous)
		previous = int64(count)
	}
}

// nativeExemplars writes the exemplars that native buckets can have, which are
// those with a timestamp. Others may still stand at a classic bucket.
func (p *protobuf) nativeExemplars(s *metric.Sample) {
	for i := range s.Exemplars {
		e := &s.Exemplars[i]
		switch {
		case inProtoRange(e.Timestamp):
			p.exemplar(histogramExemplars, e)
		case len(s.Histogram.Buckets) == 0:
			p.stats.Exemplars.NoTimestamp++
		}
	}
}

// wholeHistogram reports whether all counts are whole numbers that the integer
// fields hold exactly.
func wholeHistogram(h *metric.Histogram) bool {
	if !isExact(h.Count) {
		return false
	}
	for i := range h.Buckets {
		if !isExact(h.Buckets[i].Count) {
			return false
		}
	}
	n := h.Native
	return n == nil || isExact(n.ZeroCount) && allExact(n.PositiveCounts) && allExact(n.NegativeCounts)
}

func allExact(counts []float64) bool {
	for _, count := range counts {
		if !isExact(count) {
			return false
		}
	}
	return true
}

func isExact(count float64) bool { return isWholeCount(count) && count <= maxExactCount }
