package pmfile_test

import (
	"math"
	"testing"

	"polymeter.dev/internal/pmfile"
	"polymeter.dev/metric"
)

// A chunk has the buckets that a float64 can fall into, and only those.
func TestChunksThereCanBe(t *testing.T) {
	t.Parallel()
	parse := func(schema, number int32) bool {
		_, ok := pmfile.ParseChunk(pmfile.AppendChunk(nil, 320, schema, number, false))
		return ok
	}
	for schema := int32(metric.MinSchema); schema <= metric.MaxSchema; schema++ {
		first := metric.BucketIndex(schema, math.SmallestNonzeroFloat64)
		last := metric.BucketIndex(schema, math.Inf(1))
		for _, index := range []int32{first, last, 0} {
			if number := index >> 4; !parse(schema, number) {
				t.Errorf("schema %d has no chunk %d, with bucket %d", schema, number, index)
			}
		}
		for _, number := range []int32{first>>4 - 3 + first>>6, last>>4 + 9 + last>>6, math.MinInt32, math.MaxInt32} {
			if parse(schema, number) {
				t.Errorf("schema %d has a chunk %d, but buckets from %d to %d", schema, number, first, last)
			}
		}
	}
}
