package polymeter

import "time"

// Observer takes observations: a [Histogram], a [Summary], or a function such
// as the Set of a [Gauge] as an [ObserverFunc].
type Observer interface {
	Observe(v float64)
}

// ObserverFunc makes a function an [Observer].
type ObserverFunc func(v float64)

// Observe calls f.
func (f ObserverFunc) Observe(v float64) { f(v) }

// Timer measures how long something takes:
//
//	defer polymeter.StartTimer(latency).Stop()
type Timer struct {
	begun    time.Time
	observer Observer
}

// StartTimer begins to measure.
func StartTimer(o Observer) Timer { return Timer{begun: time.Now(), observer: o} }

// Stop passes the time since the start, in seconds, to the observer, and
// returns it. It may be called repeatedly; each call is an observation.
func (t Timer) Stop() time.Duration {
	d := time.Since(t.begun)
	if t.observer != nil {
		t.observer.Observe(d.Seconds())
	}
	return d
}

// Time calls f and passes the seconds it took to the observer, even if f
// panics.
func Time(o Observer, f func()) {
	defer StartTimer(o).Stop()
	f()
}

// TrackInProgress counts f in the gauge while it runs, even if it panics.
func (g *Gauge) TrackInProgress(f func()) {
	g.Inc()
	defer g.Dec()
	f()
}

// CountErrors calls f, adds 1 if it returns an error or panics, and hands
// either on.
func (c *Counter) CountErrors(f func() error) error {
	returned := false
	defer func() {
		if !returned {
			c.Inc()
		}
	}()
	err := f()
	returned = true
	if err != nil {
		c.Inc()
	}
	return err
}
