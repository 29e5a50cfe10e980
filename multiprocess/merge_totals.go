package multiprocess

import (
	"math"

	"polymeter.dev/internal/exact"
	"polymeter.dev/metric"
)

// totals are the values of one scrape, by cell. Sums are exact until they are
// read, so that they do not depend on how files are grouped.
type totals struct {
	plan   *plan
	wholes []uint64
	floats exact.Sums
	// values are those of gauges of which one counts, times when they were
	// set, in nanoseconds since the Unix epoch; zero means never.
	values []float64
	times  []int64
	// exemplars are by the number of the series among those that have some.
	exemplars [][]metric.Exemplar
}

// reset makes room for the cells of a plan.
func (t *totals) reset(p *plan) {
	t.plan = p
	t.wholes = zeros(t.wholes, int(p.cells))
	t.floats.Reset(int(p.cells))
	t.values = zeros(t.values, int(p.cells))
	t.times = zeros(t.times, int(p.cells))
	for _, cell := range p.extremes {
		t.values[cell] = math.NaN()
	}
	for i := range t.exemplars {
		t.exemplars[i] = t.exemplars[i][:0]
	}
	for len(t.exemplars) < p.exemplars+1 {
		t.exemplars = append(t.exemplars, nil)
	}
}

func zeros[T any](s []T, n int) []T {
	if cap(s) < n {
		return make([]T, n)
	}
	s = s[:n]
	clear(s)
	return s
}

// copyFrom makes the totals those of another.
func (t *totals) copyFrom(other *totals) {
	t.plan = other.plan
	t.wholes = append(t.wholes[:0], other.wholes...)
	t.floats.CopyFrom(&other.floats)
	t.values = append(t.values[:0], other.values...)
	t.times = append(t.times[:0], other.times...)
	for len(t.exemplars) < len(other.exemplars) {
		t.exemplars = append(t.exemplars, nil)
	}
	for i := range t.exemplars {
		t.exemplars[i] = t.exemplars[i][:0]
		if i < len(other.exemplars) {
			t.exemplars[i] = append(t.exemplars[i], other.exemplars[i]...)
		}
	}
}

// base is the total of files that no longer change, which is added up once.
type base struct {
	of     map[source]bool
	totals totals
}

// fill makes t the totals of a plan's files.
func (t *totals) fill(p *plan, sources []source) {
	if p.base.update(p, sources); p.base.of == nil {
		t.reset(p)
	} else {
		t.copyFrom(&p.base.totals)
	}
	for _, s := range sources {
		if !p.base.of[s] {
			s.add(t)
		}
	}
}

// update takes in files that have become final. The others of a plan's files do
// not go before the plan does.
func (b *base) update(p *plan, sources []source) {
	for _, s := range sources {
		if b.of[s] || !s.final() {
			continue
		}
		if b.of == nil {
			b.of = make(map[source]bool)
			b.totals.reset(p)
		}
		b.of[s] = true
		s.add(&b.totals)
	}
}

// addGauge lets a gauge's value take part in what its cell shows.
func (t *totals) addGauge(cell uint32, mode metric.GaugeMode, v float64, at int64) {
	value := &t.values[cell]
	switch mode {
	case metric.GaugeAll:
		*value = v
	case metric.GaugeSum:
		t.floats.Add(cell, v)
	case metric.GaugeMin:
		*value = smaller(*value, v)
	case metric.GaugeMax:
		*value = larger(*value, v)
	case metric.GaugeMostRecent:
		if at > t.times[cell] {
			*value, t.times[cell] = v, at
		}
	}
}

// addWholes adds whole numbers, each to its cell. What no counter can reach
// stays at the highest number.
func (t *totals) addWholes(cells []uint32, numbers []uint64) {
	numbers = numbers[:len(cells)]
	for i, cell := range cells {
		t.addWhole(cell, numbers[i])
	}
}

func (t *totals) addWhole(cell uint32, n uint64) {
	sum := t.wholes[cell] + n
	if sum < n {
		sum = math.MaxUint64
	}
	t.wholes[cell] = sum
}

// total returns the sum of a cell. Its two halves are exact, so that rounding
// them before they are added depends on nothing but their terms either.
func (t *totals) total(cell uint32) float64 {
	return float64(t.wholes[cell]) + t.floats.Value(cell)
}

// count is total for what cannot be negative or NaN, but for damage.
func (t *totals) count(cell uint32) float64 {
	if v := t.total(cell); v > 0 {
		return v
	}
	return 0
}

// mostObservations is so few that all buckets there can be together have a finite
// count, as the native format wants it, and still more than anybody counts.
const mostObservations = 0x1p1000

// observations is count for a bucket of a histogram.
func (t *totals) observations(cell uint32) float64 { return min(t.count(cell), mostObservations) }

// smaller returns the smaller of two numbers; any number is smaller than NaN.
func smaller(a, b float64) float64 {
	if b < a || a != a {
		return b
	}
	return a
}

// larger returns the larger of two numbers; any number is larger than NaN.
func larger(a, b float64) float64 {
	if b > a || a != a {
		return b
	}
	return a
}
