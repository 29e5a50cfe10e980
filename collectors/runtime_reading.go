package collectors

import (
	"math"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"time"

	"polymeter.dev/metric"
)

// maxPauses is how many pauses the runtime remembers; debug.ReadGCStats asks
// for twice that room, and a little more.
const maxPauses = 256

// runtimeReading holds the samples and families of one scrape, to be filled
// again for another.
type runtimeReading struct {
	samples  []metrics.Sample
	gc       debug.GCStats
	families []runtimeFamily
}

// runtimeFamily is a family that can take its values anew.
type runtimeFamily interface {
	metric.Family
	update(*runtimeReading)
}

func (p *runtimePlan) newReading() *runtimeReading {
	r := &runtimeReading{samples: make([]metrics.Sample, len(p.names))}
	for i, name := range p.names {
		r.samples[i].Name = name
	}
	r.gc.Pause = make([]time.Duration, 0, 2*maxPauses+3)
	r.gc.PauseQuantiles = make([]time.Duration, 5)
	r.families = append(r.families, newGoVersion(), newThreads(), newGCPauses(), newLastGC())
	for i := range p.scalars {
		r.families = append(r.families, newRuntimeScalar(&p.scalars[i]))
	}
	for i := range p.histograms {
		r.families = append(r.families, newRuntimeHistogram(&p.histograms[i]))
	}
	return r
}

// refresh reads everything. At most one reading of a plan may be at it.
func (r *runtimeReading) refresh() {
	metrics.Read(r.samples)
	debug.ReadGCStats(&r.gc)
	for _, f := range r.families {
		f.update(r)
	}
}

// number returns the value of a sample that is no histogram.
func (r *runtimeReading) number(position int) float64 {
	switch v := r.samples[position].Value; v.Kind() {
	case metrics.KindUint64:
		return float64(v.Uint64())
	case metrics.KindFloat64:
		return v.Float64()
	default:
		return math.NaN()
	}
}

// goVersion is go_info.
type goVersion struct{ *metric.InfoFamily }

func newGoVersion() goVersion {
	f := metric.NewInfoFamily("go_info", "Version of Go that built the program.", "version")
	f.Add(nil, runtime.Version())
	return goVersion{f}
}

func (goVersion) update(*runtimeReading) {}

type threads struct{ *scalar }

func newThreads() threads {
	return threads{newScalar(metric.TypeGauge, "go_threads", "Threads of the operating system that the runtime has created.")}
}

func (t threads) update(*runtimeReading) {
	n, _ := runtime.ThreadCreateProfile(nil)
	t.sample.Value = float64(n)
}

type lastGC struct{ *scalar }

func newLastGC() lastGC {
	return lastGC{newScalar(metric.TypeGauge, "go_memstats_last_gc_time_seconds", "End of the last garbage collection, as Unix time; 0 before the first.")}
}

func (l lastGC) update(r *runtimeReading) {
	l.sample.Value = 0
	if r.gc.NumGC > 0 {
		l.sample.Value = float64(r.gc.LastGC.UnixNano()) / 1e9
	}
}

// gcPauses is go_gc_duration_seconds.
type gcPauses struct {
	*metric.SummaryFamily
	quantiles [5]metric.Quantile
}

func newGCPauses() *gcPauses {
	f := metric.NewSummaryFamily("go_gc_duration_seconds",
		"Time for which garbage collections stopped the program; quantiles of the last 256.")
	f.SetUnit("seconds")
	return &gcPauses{SummaryFamily: f}
}

func (g *gcPauses) update(r *runtimeReading) {
	for i := range g.quantiles {
		value := math.NaN() // as nothing was observed
		if r.gc.NumGC > 0 {
			value = r.gc.PauseQuantiles[i].Seconds()
		}
		g.quantiles[i] = metric.Quantile{Quantile: float64(i) / float64(len(g.quantiles)-1), Value: value}
	}
	g.Reset()
	g.AddRow(metric.SummaryRow{
		Count:     float64(r.gc.NumGC),
		Sum:       r.gc.PauseTotal.Seconds(),
		Quantiles: g.quantiles[:],
	})
}

// runtimeScalar is a family as its plan has it.
type runtimeScalar struct {
	*scalar
	plan *scalarPlan
}

func newRuntimeScalar(plan *scalarPlan) runtimeScalar {
	return runtimeScalar{newScalar(plan.typ, plan.name, plan.help), plan}
}

func (s runtimeScalar) update(r *runtimeReading) {
	var sum float64
	for _, position := range s.plan.from {
		sum += r.number(position)
	}
	if mark := s.plan.mark; mark != nil {
		*mark = max(*mark, sum)
		sum = *mark
	}
	s.sample.Value = sum
}
