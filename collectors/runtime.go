package collectors

import (
	"context"
	"sync"

	"polymeter.dev/metric"
)

// GoOptions configures [NewGo]. The zero value, like nil, is the default.
type GoOptions struct {
	// All adds every metric that package runtime/metrics offers, under names
	// derived from those it has there: /gc/heap/allocs:bytes becomes
	// go_gc_heap_allocs_bytes_total. Which ones exist depends on the version
	// of Go; most programs do not need them.
	All bool
}

// goRuntime keeps one reading, so that scrapes that do not overlap allocate
// nothing. One that overlaps makes its own.
type goRuntime struct {
	plan  *runtimePlan
	descs []*metric.Desc

	mu   sync.Mutex
	idle *runtimeReading
}

// NewGo returns a collector of the Go runtime: goroutines, threads, garbage
// collection and memory. It reads them from package runtime/metrics, which
// unlike [runtime.ReadMemStats] does not stop the program. The collector is a
// [metric.Describer] and may be used concurrently.
//
// The histograms that GoOptions.All adds have fewer buckets than the runtime
// has. The sums of allocated and freed sizes are exact; those of times, which
// the runtime does not have, are estimates that take every observation to lie
// in the middle of its fine bucket, and so are off by an eighth at most for
// times from a quarter of a microsecond to a day.
//
// Of two metrics whose names differ by _total alone, OpenMetrics 1.0 admits
// only one as a counter: so go_memstats_alloc_bytes_total has no type. With
// All, go_gc_heap_allocs_bytes_total is the same as a counter.
func NewGo(o *GoOptions) metric.Collector {
	if o == nil {
		o = &GoOptions{}
	}
	plan := newRuntimePlan(o.All)
	reading := plan.newReading()
	g := &goRuntime{plan: plan, idle: reading}
	for _, f := range reading.families {
		g.descs = append(g.descs, f.Desc())
	}
	return g
}

// Describe implements [metric.Describer].
func (g *goRuntime) Describe() []*metric.Desc { return append([]*metric.Desc{}, g.descs...) }

// Collect implements [metric.Collector].
func (g *goRuntime) Collect(_ context.Context, emit func(metric.Family) error) error {
	reading := g.read()
	defer g.keep(reading)
	for _, f := range reading.families {
		if err := emit(f); err != nil {
			return err
		}
	}
	return nil
}

// read returns a fresh reading that nobody else has. Whoever emits does not
// hold the lock.
func (g *goRuntime) read() *runtimeReading {
	g.mu.Lock()
	defer g.mu.Unlock()
	reading := g.idle
	g.idle = nil
	if reading == nil {
		reading = g.plan.newReading()
	}
	reading.refresh()
	return reading
}

// keep takes a reading back for the next scrape.
func (g *goRuntime) keep(reading *runtimeReading) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.idle = reading
}
