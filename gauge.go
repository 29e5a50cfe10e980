package polymeter

import (
	"sync/atomic"
	"time"

	"polymeter.dev/internal/cell"
	"polymeter.dev/metric"
)

// GaugeOpts declares a gauge or a vector of gauges.
type GaugeOpts struct {
	Name string
	// Help is a sentence for humans.
	Help string
	// Unit is the base unit; when set, it is appended to the name unless the
	// name already ends in it.
	Unit string
	// Labels are the label names of a vector.
	Labels []string
	// Mode says how the values of several processes become one; the zero
	// value shows all of them, told apart by a pid label. Without a store it
	// has no effect.
	Mode metric.GaugeMode
	// Series bounds and prepares the series of a vector.
	Series SeriesOpts
}

func (o *GaugeOpts) spec() cell.Spec {
	s := specOf(metric.TypeGauge, o.Name, o.Help, o.Unit, o.Labels)
	s.Mode = o.Mode
	return s
}

// Gauge is a value that goes up and down. Its methods may be called
// concurrently; they neither block, allocate nor panic.
type Gauge struct {
	base
	cell atomic.Pointer[gaugeCell]
}

// gaugeCell is where a gauge keeps its value and, if it is merged by recency,
// when it was set.
type gaugeCell struct {
	value cell.Float
	stamp cell.Float
}

type heapGauge struct {
	gaugeCell
	words [2]atomic.Uint64
}

func (g *Gauge) init(f *family, _ metric.Labels) {
	g.join(f)
	g.cell.Store(newHeapGauge(f))
}

func newHeapGauge(f *family) *gaugeCell {
	h := new(heapGauge)
	h.value = cell.FloatAt(&h.words[0])
	if f.recent() {
		h.stamp = cell.FloatAt(&h.words[1])
	}
	return &h.gaugeCell
}

// recent reports whether the gauge set last is the one that counts.
func (f *family) recent() bool { return f.spec.Mode.Base() == metric.GaugeMostRecent }

// Set makes v the value.
func (g *Gauge) Set(v float64) {
	g.touch()
	for {
		k := g.cell.Load()
		if k == nil {
			return
		}
		if k.value.Set(v) {
			k.stampNow()
			return
		}
	}
}

// Add adds v, which may be negative.
func (g *Gauge) Add(v float64) {
	g.touch()
	for {
		k := g.cell.Load()
		if k == nil {
			return
		}
		if k.value.Add(v) {
			k.stampNow()
			return
		}
	}
}

// Sub subtracts v.
func (g *Gauge) Sub(v float64) { g.Add(-v) }

// Inc adds 1.
func (g *Gauge) Inc() { g.Add(1) }

// Dec subtracts 1.
func (g *Gauge) Dec() { g.Add(-1) }

// SetToCurrentTime makes the value the current Unix time in seconds.
func (g *Gauge) SetToCurrentTime() { g.Set(unixSeconds(time.Now())) }

// Value returns the current value in this process.
func (g *Gauge) Value() (v float64) {
	g.settled(func() {
		if k := g.cell.Load(); k != nil {
			v = k.value.Load()
		}
	})
	return v
}

func (k *gaugeCell) stampNow() {
	if k.stamp.Valid() {
		k.stamp.Set(unixSeconds(time.Now()))
	}
}

func unixSeconds(t time.Time) float64 { return float64(t.UnixNano()) / 1e9 }

func (g *Gauge) each(s *metric.Sample, w *workspace, visit func(*metric.Sample) error) error {
	s.Value = g.Value()
	if stamp := g.cell.Load().stamp; w.merges && stamp.Valid() && stamp.Load() > 0 {
		s.Timestamp, _ = metric.TimestampFloat(stamp.Load()) // out of range: never set
	}
	return visit(s)
}

// move retires the old cell before it shows the new one: an update that comes
// between them waits for the new one, so that none is overwritten.
func (g *Gauge) move(f *family, place cell.Place) {
	old := g.cell.Load()
	if len(place.Words) == 0 {
		kept := newHeapGauge(f)
		v := old.value.Load()
		kept.value.Set(v)
		g.cell.Store(kept)
		kept.value.CompareAndSet(v, old.value.Load()) // an update may have come before the switch
		if kept.stamp.Valid() && old.stamp.Valid() {
			kept.stamp.CompareAndSet(0, old.stamp.Load())
		}
		return
	}
	next := &gaugeCell{value: cell.FloatIn(place.Words[0])}
	if place.Stamped && f.recent() {
		next.stamp = cell.FloatIn(place.Words[1])
		next.stamp.Set(old.stamp.Load())
	}
	old.value.RetireInto(next.value)
	g.cell.Store(next)
}
