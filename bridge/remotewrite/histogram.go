package remotewrite

import (
	writev2 "buf.build/gen/go/prometheus/prometheus/protocolbuffers/go/io/prometheus/write/v2"

	"polymeter.dev/metric"
)

// protoHistogram returns the native histogram of an item as both versions have it:
// with whole counts where that is possible, in which buckets hold the difference from
// the one before, and else with fractional ones.
func protoHistogram(it *item) *writev2.Histogram {
	h := it.more.native
	p := &writev2.Histogram{
		Sum: h.Sum, Schema: h.Schema, ZeroThreshold: h.ZeroThreshold,
		PositiveSpans: protoSpans(h.PositiveSpans), NegativeSpans: protoSpans(h.NegativeSpans),
		Timestamp: it.time, StartTimestamp: it.start,
	}
	if it.family.typ == metric.TypeGaugeHistogram {
		p.ResetHint = writev2.Histogram_RESET_HINT_GAUGE
	}
	positive, wholePositive := h.PositiveDeltas()
	negative, wholeNegative := h.NegativeDeltas()
	if wholePositive && wholeNegative && isWhole(h.Count) && isWhole(h.ZeroCount) {
		p.Count = &writev2.Histogram_CountInt{CountInt: uint64(h.Count)}
		p.ZeroCount = &writev2.Histogram_ZeroCountInt{ZeroCountInt: uint64(h.ZeroCount)}
		p.PositiveDeltas, p.NegativeDeltas = positive, negative
		return p
	}
	p.Count = &writev2.Histogram_CountFloat{CountFloat: h.Count}
	p.ZeroCount = &writev2.Histogram_ZeroCountFloat{ZeroCountFloat: h.ZeroCount}
	p.PositiveCounts, p.NegativeCounts = h.PositiveCounts, h.NegativeCounts
	return p
}

func protoSpans(spans []metric.BucketSpan) []*writev2.BucketSpan {
	protos := make([]*writev2.BucketSpan, len(spans))
	for i, s := range spans {
		protos[i] = &writev2.BucketSpan{Offset: s.Offset, Length: s.Length}
	}
	return protos
}

// isWhole reports whether a count is a whole number that float64 has exactly.
func isWhole(count float64) bool {
	return count >= 0 && count <= 1<<53 && count == float64(uint64(count))
}
