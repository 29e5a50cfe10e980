package metric_test

import (
	"math"

	"github.com/google/go-cmp/cmp"

	"polymeter.dev/metric"
)

// model is a native histogram in its simplest form, to merge the slow way.
type model struct {
	schema             int32
	threshold, zero    float64
	positive, negative side
	count              float64
}

func modelOf(h *metric.NativeHistogram) model {
	positive, negative := populated(h)
	return model{h.Schema, h.ZeroThreshold, h.ZeroCount, positive, negative, h.Count}
}

// reduced brings the model down one schema after the other: buckets 2i-1 and 2i
// become bucket i.
func (m model) reduced(schema int32) model {
	for ; m.schema > schema; m.schema-- {
		m.positive, m.negative = m.positive.halved(), m.negative.halved()
	}
	return m
}

func (s side) halved() side {
	half := side{}
	for index, count := range s {
		half[int32(math.Ceil(float64(index)/2))] += count
	}
	return half
}

func mergeModels(a, b model) model {
	schema := min(a.schema, b.schema)
	a, b = a.reduced(schema), b.reduced(schema)
	sum := model{schema, max(a.threshold, b.threshold), a.zero + b.zero, side{}, side{}, a.count + b.count}
	for _, m := range []model{a, b} {
		for index, count := range m.positive {
			sum.positive[index] += count
		}
		for index, count := range m.negative {
			sum.negative[index] += count
		}
	}
	for sum.raiseThreshold(sum.positive) || sum.raiseThreshold(sum.negative) {
	}
	sum.fold(sum.positive)
	sum.fold(sum.negative)
	return sum
}

func (m *model) raiseThreshold(s side) bool {
	for index := range s {
		lower, upper := metric.BucketBound(m.schema, index-1), metric.BucketBound(m.schema, index)
		if lower < m.threshold && m.threshold < upper {
			m.threshold = upper
			return true
		}
	}
	return false
}

func (m *model) fold(s side) {
	for index, count := range s {
		if metric.BucketBound(m.schema, index) <= m.threshold {
			m.zero += count
			delete(s, index)
		}
	}
}

var models = cmp.AllowUnexported(model{})
