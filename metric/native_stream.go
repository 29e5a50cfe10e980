package metric

import "math"

// bucketStream walks over the populated buckets of one side as they look on
// another grid. Reducing, merging and comparing are all made of streams.
// Several buckets in a row may have the same index on the new grid.
type bucketStream struct {
	cursor bucketCursor
	// covered is the greatest index, on the old grid, that the zero bucket
	// covers. Such buckets do not come out; they add up in folded.
	covered int64
	folded  float64
	// steps is by how much the schema goes down.
	steps int32
	// custom gives the new index of each bucket of CustomBoundsSchema; nil
	// when they keep theirs.
	custom []int32

	index int32
	count float64
	ok    bool // whether index and count are valid
}

const coversNone = math.MinInt64

// exponentialStream returns a stream that stands on the first bucket of a side
// of an exponential schema, on the grid of target and with the zero bucket of
// the given threshold.
func exponentialStream(spans []BucketSpan, counts []float64, schema, target int32, threshold float64) bucketStream {
	s := bucketStream{
		cursor:  bucketCursor{spans: spans, counts: counts},
		covered: coveredIndex(schema, threshold),
		steps:   schema - target,
	}
	s.advance()
	return s
}

// customStream is the like for CustomBoundsSchema.
func customStream(h *NativeHistogram, custom []int32) bucketStream {
	s := bucketStream{
		cursor:  bucketCursor{spans: h.PositiveSpans, counts: h.PositiveCounts},
		covered: coversNone,
		custom:  custom,
	}
	s.advance()
	return s
}

// advance moves to the next populated bucket outside the zero bucket.
func (s *bucketStream) advance() {
	for {
		index, count, ok := s.cursor.next()
		if !ok {
			s.ok = false
			return
		}
		if int64(index) <= s.covered {
			s.folded += count
			continue
		}
		if count != 0 {
			s.index, s.count, s.ok = s.translate(index), count, true
			return
		}
	}
}

func (s *bucketStream) translate(index int32) int32 {
	if s.custom == nil {
		return coarserIndex(index, s.steps)
	}
	return s.custom[min(max(int(index), 0), len(s.custom)-1)]
}

// has reports whether the stream, which it uses up, has a populated bucket with
// the index.
func (s *bucketStream) has(index int32) bool {
	for s.ok && s.index < index {
		s.advance()
	}
	return s.ok && s.index == index
}

// appendTo appends the rest of the stream to b.
func (s *bucketStream) appendTo(b *NativeBuckets) {
	for ; s.ok; s.advance() {
		b.Append(s.index, s.count)
	}
}

// coveredIndex returns the index of the outermost bucket that lies wholly
// within the zero bucket.
func coveredIndex(schema int32, threshold float64) int64 {
	if !(threshold > 0) {
		return coversNone
	}
	index := BucketIndex(schema, threshold)
	if BucketBound(schema, index) > threshold {
		index--
	}
	return int64(index)
}
