package multiprocess

import (
	"math"

	"polymeter.dev/metric"
)

// totals are the values of one scrape, by cell.
type totals struct {
	plan   *plan
	values []float64
	// times are those of the most recent gauges, by key; zero means never.
	times []float64
}

// reset makes room for the cells of a plan.
func (t *totals) reset(p *plan) {
	t.plan = p
	t.values = zeros(t.values, p.cells)
	t.times = zeros(t.times, p.keys)
	for number, mode := range p.modes {
		// NaN gives way to every number.
		if mode == metric.GaugeMin || mode == metric.GaugeMax {
			t.values[number] = math.NaN()
		}
	}
}

func zeros(s []float64, n int) []float64 {
	if cap(s) < n {
		return make([]float64, n)
	}
	s = s[:n]
	clear(s)
	return s
}

// add adds the values of files, in their order: adding numbers that only grow
// in an order that stays the same gives a sum that only grows, rounding
// included.
func (t *totals) add(files []*file) {
	for _, f := range files {
		switch f.name.Type {
		case metric.TypeCounter:
			t.addCounters(f)
		case metric.TypeGauge:
			t.addGauges(f)
		default:
			for i, number := range f.record.keys {
				t.values[number] += f.values[i]
			}
		}
	}
}

// addCounters leaves out what no counter can have, so that one damaged value
// does not spoil the total of all processes.
func (t *totals) addCounters(f *file) {
	for i, number := range f.record.keys {
		if v := f.values[i]; v >= 0 {
			t.values[number] += v
		}
	}
}

func (t *totals) addGauges(f *file) {
	for i, number := range f.record.keys {
		v := f.values[i]
		at := &t.values[number]
		switch t.plan.modes[number] {
		case metric.GaugeAll:
			t.values[f.firstOwn+i] = v
		case metric.GaugeSum:
			*at += v
		case metric.GaugeMin:
			*at = smaller(*at, v)
		case metric.GaugeMax:
			*at = larger(*at, v)
		case metric.GaugeMostRecent:
			if i < len(f.times) && f.times[i] > t.times[number] {
				*at, t.times[number] = v, f.times[i]
			}
		}
	}
}

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
