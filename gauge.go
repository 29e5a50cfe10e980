package polymeter

import (
	"math"
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
	stamp gaugeStamp
}

// gaugeStamp is the time at which a gauge was set, zero meaning never. Without a
// word there is none.
type gaugeStamp struct {
	word    *atomic.Uint64
	seconds bool // as a float64; else nanoseconds
}

// set stores the time, in nanoseconds since the Unix epoch.
func (s gaugeStamp) set(now int64) {
	if s.seconds {
		s.word.Store(math.Float64bits(float64(now) / 1e9))
	} else {
		s.word.Store(uint64(now))
	}
}

// load returns the time; it is zero where it cannot be right, as in a damaged
// file.
func (s gaugeStamp) load() int64 {
	bits := s.word.Load()
	if !s.seconds {
		return max(int64(bits), 0)
	}
	if v := math.Float64frombits(bits) * 1e9; v > 0 && v < math.MaxInt64 {
		return int64(v)
	}
	return 0
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
		h.stamp.word = &h.words[1]
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
	if k.stamp.word != nil {
		k.stamp.set(time.Now().UnixNano())
	}
}

func unixSeconds(t time.Time) float64 { return float64(t.UnixNano()) / 1e9 }

func (g *Gauge) each(s *metric.Sample, w *workspace, visit func(*metric.Sample) error) error {
	s.Value = g.Value()
	if stamp := g.cell.Load().stamp; w.merges && stamp.word != nil {
		if at := stamp.load(); at > 0 {
			s.Timestamp = metric.NewTimestamp(0, at)
		}
	}
	return visit(s)
}

// move retires the old cell before it shows the new one: an update that comes
// between them waits for the new one, so that none is overwritten.
func (g *Gauge) enter(f *family, place *cell.Place) bool {
	old := g.cell.Load()
	next := &gaugeCell{value: cell.FloatIn(place.Words[0])}
	if place.Stamped && f.recent() {
		next.stamp = gaugeStamp{word: place.Words[1], seconds: !place.Nanoseconds}
		next.stamp.set(old.stamp.load())
	}
	old.value.RetireInto(next.value)
	g.cell.Store(next)
	return true
}

// leave leaves the value where it is: it is that of all who share it.
func (g *Gauge) leave(f *family, _ bool) {
	old, kept := g.cell.Load(), newHeapGauge(f)
	v := old.value.Load()
	kept.value.Set(v)
	g.cell.Store(kept)
	kept.value.CompareAndSet(v, old.value.Load()) // an update may have come before the switch
	if kept.stamp.word != nil && old.stamp.word != nil {
		kept.stamp.word.CompareAndSwap(0, uint64(old.stamp.load()))
	}
}
