package metric

// CounterReset reports whether a counter histogram must have started again
// between previous and current, by the rules under "Counter reset
// considerations" in https://prometheus.io/docs/specs/native_histograms/: the
// count or that of any bucket drops, or the buckets change in a way that
// lowering the resolution does not explain. The sum says nothing, as it may
// drop by itself. Without a previous histogram there is no reset; the
// disappearance of a histogram is one.
func CounterReset(previous, current *NativeHistogram) bool {
	if previous == nil || current == nil {
		return previous != nil
	}
	if current.Count < previous.Count {
		return true
	}
	if previous.Schema == CustomBoundsSchema && current.Schema == CustomBoundsSchema {
		return customReset(previous, current)
	}
	if !exponential(previous.Schema) || !exponential(current.Schema) {
		return previous.Schema != current.Schema
	}
	return !coarsened(previous, current) || exponentialReset(previous, current)
}

// coarsened reports whether the buckets of current can come from those of
// previous by lowering the schema and widening the zero bucket, or are the
// same.
func coarsened(previous, current *NativeHistogram) bool {
	if current.Schema > previous.Schema || current.ZeroThreshold < previous.ZeroThreshold {
		return false
	}
	if current.ZeroThreshold == previous.ZeroThreshold {
		return true
	}
	// Widening never stops inside a populated bucket.
	index := BucketIndex(previous.Schema, current.ZeroThreshold)
	return BucketBound(previous.Schema, index) <= current.ZeroThreshold || !previous.populated(previous.Schema, index)
}

func exponentialReset(previous, current *NativeHistogram) bool {
	was := exponentialStream(previous.PositiveSpans, previous.PositiveCounts, previous.Schema, current.Schema, current.ZeroThreshold)
	is := exponentialStream(current.PositiveSpans, current.PositiveCounts, current.Schema, current.Schema, 0)
	if dropped(&was, &is) {
		return true
	}
	folded := was.folded
	was = exponentialStream(previous.NegativeSpans, previous.NegativeCounts, previous.Schema, current.Schema, current.ZeroThreshold)
	is = exponentialStream(current.NegativeSpans, current.NegativeCounts, current.Schema, current.Schema, 0)
	return dropped(&was, &is) || current.ZeroCount < previous.ZeroCount+folded+was.folded
}

func customReset(previous, current *NativeHistogram) bool {
	common := commonBounds(previous.CustomBounds, current.CustomBounds)
	was := customStream(previous, customGrid(previous.CustomBounds, common))
	is := customStream(current, customGrid(current.CustomBounds, common))
	return dropped(&was, &is)
}

// dropped reports whether any bucket holds less in the stream is than in was.
func dropped(was, is *bucketStream) bool {
	for was.ok {
		index := was.index
		for is.ok && is.index < index {
			is.advance()
		}
		if is.take(index) < was.take(index) {
			return true
		}
	}
	return false
}

// take returns the count of the bucket with the index, if the stream stands on
// it, and moves beyond it.
func (s *bucketStream) take(index int32) float64 {
	count := 0.0
	for s.ok && s.index == index {
		count += s.count
		s.advance()
	}
	return count
}

// ResetHint says what is known about a counter reset between a native histogram
// and the one before it in its series.
type ResetHint uint8

// The reset hints.
const (
	// HintUnknown says that only comparing the two will tell
	// ([CounterReset]). It is always safe.
	HintUnknown ResetHint = iota
	// HintReset says that there was a reset.
	HintReset
	// HintNotReset says that there was none.
	HintNotReset
	// HintGauge says that the histogram is a gauge histogram, whose counts
	// may go down at any time.
	HintGauge
)

// MergeHints returns the hint of the sum of two histograms. Equal hints stay,
// a gauge makes the sum a gauge, and otherwise nothing is known. Conflict is
// true when one says that there was a reset and the other that there was none.
func MergeHints(a, b ResetHint) (merged ResetHint, conflict bool) {
	switch {
	case a == b:
		return a, false
	case a == HintGauge || b == HintGauge:
		return HintGauge, false
	default:
		return HintUnknown, a != HintUnknown && b != HintUnknown
	}
}
