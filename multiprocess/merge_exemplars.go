package multiprocess

import (
	"math"
	"slices"

	"polymeter.dev/metric"
)

// mostExemplars is how many exemplars are shown of a series without classic
// buckets.
const mostExemplars = 10

// newest appends the exemplars of all processes that are worth showing: of a
// histogram the newest of each classic bucket, or the newest few where there are
// none; of a counter the newest.
func newest(to, all []metric.Exemplar, h *metric.Histogram) []metric.Exemplar {
	if h == nil || len(h.Buckets) == 0 {
		most := 1
		if h != nil {
			most = mostExemplars
		}
		to = append(to, all...)
		slices.SortStableFunc(to, func(a, b metric.Exemplar) int { return b.Timestamp.Compare(a.Timestamp) })
		return to[:min(len(to), most)]
	}
	lower := math.Inf(-1)
	for _, bucket := range h.Buckets {
		if e := metric.NewestExemplar(all, lower, bucket.UpperBound); e != nil {
			to = append(to, *e)
		}
		lower = bucket.UpperBound
	}
	return to
}
