package main

import (
	"cmp"
	"fmt"
	"slices"

	"polymeter.dev/metric"
)

// nativeBuckets are those buckets of a native histogram that are not empty.
type nativeBuckets struct {
	schema    int32
	threshold float64
	bounds    []float64 // of the schema with custom bounds
	full      []metric.NativeBucket
}

func newNativeBuckets(h *metric.NativeHistogram) *nativeBuckets {
	return &nativeBuckets{h.Schema, h.ZeroThreshold, slices.Clone(h.CustomBounds), slices.Collect(h.Buckets())}
}

func (n *nativeBuckets) String() string {
	return fmt.Sprintf("schema %d, %s", n.schema, counted(len(n.full), "bucket"))
}

// comparable reports whether both have the same buckets, full or empty.
func (n *nativeBuckets) comparable(other *nativeBuckets) bool {
	return n.schema == other.schema && n.threshold == other.threshold && slices.Equal(n.bounds, other.bounds)
}

func (n *nativeBuckets) equal(other *nativeBuckets) bool {
	return n.comparable(other) && slices.Equal(n.full, other.full)
}

// interval is a bucket by its bounds.
func interval(b metric.NativeBucket) string {
	left, right := "(", ")"
	if b.LowerClosed {
		left = "["
	}
	if b.UpperClosed {
		right = "]"
	}
	return left + jsonNumber(b.Lower).String() + "," + jsonNumber(b.Upper).String() + right
}

// changedBuckets passes the bucket of every count that has changed to change, in the
// order of their bounds.
func changedBuckets(was, is *nativeBuckets, change func(b metric.NativeBucket, was, is float64)) {
	old, new := was.full, is.full
	for len(old) > 0 || len(new) > 0 {
		switch order := firstOf(old, new); {
		case order < 0:
			change(old[0], old[0].Count, 0)
			old = old[1:]
		case order > 0:
			change(new[0], 0, new[0].Count)
			new = new[1:]
		default:
			if old[0].Count != new[0].Count {
				change(old[0], old[0].Count, new[0].Count)
			}
			old, new = old[1:], new[1:]
		}
	}
}

// firstOf compares the bounds of the first buckets, of which one may be missing.
func firstOf(a, b []metric.NativeBucket) int {
	switch {
	case len(b) == 0:
		return -1
	case len(a) == 0:
		return 1
	}
	return cmp.Or(cmp.Compare(a[0].Lower, b[0].Lower), cmp.Compare(a[0].Upper, b[0].Upper))
}
