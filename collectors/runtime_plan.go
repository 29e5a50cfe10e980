package collectors

import (
	"runtime/metrics"

	"polymeter.dev/metric"
)

// runtimePlan says which samples of runtime/metrics to read and what to make of
// them. All of it is settled when the collector is made, but for the marks of
// counters.
type runtimePlan struct {
	names      []string // of the samples, each once
	positions  map[string]int
	supported  map[string]metrics.Description
	scalars    []scalarPlan
	histograms []histogramPlan
}

// scalarPlan is a family that is the sum of some samples.
type scalarPlan struct {
	typ        metric.Type
	name, help string
	from       []int // positions of samples
	// mark is the greatest value shown so far, or nil if the value may go
	// down. The runtime derives some totals from clocks that it reads at
	// different times, so they can go back a little.
	mark *float64
}

// histogramPlan is a family that shows one sample with fewer buckets.
type histogramPlan struct {
	name, help string
	from       int
	sum        int // position of the sample with the exact sum, or -1
	layout     *bucketLayout
}

func newRuntimePlan(all bool) *runtimePlan {
	p := &runtimePlan{positions: map[string]int{}, supported: map[string]metrics.Description{}}
	offered := metrics.All()
	for _, d := range offered {
		p.supported[d.Name] = d
	}
	for _, c := range classics {
		p.addScalar(c.typ, c.name, c.help, c.from...)
	}
	if all {
		p.addAll(offered)
	}
	return p
}

// addAll adds what there is under its derived name, unless it is shown under
// that name already.
func (p *runtimePlan) addAll(offered []metrics.Description) {
	taken := map[string]bool{}
	for _, s := range p.scalars {
		taken[s.name] = true
	}
	for i := range offered {
		d := &offered[i]
		name, ok := runtimeName(d)
		if !ok || taken[name] {
			continue
		}
		help := d.Description + " (" + d.Name + " of runtime/metrics)"
		switch {
		case d.Kind == metrics.KindFloat64Histogram:
			p.addHistogram(d.Name, name, help)
		case d.Cumulative:
			p.addScalar(metric.TypeCounter, name, help, d.Name)
		default:
			p.addScalar(metric.TypeGauge, name, help, d.Name)
		}
	}
}

// addScalar leaves a family out if this version of Go does not have all of its
// samples.
func (p *runtimePlan) addScalar(t metric.Type, name, help string, from ...string) {
	s := scalarPlan{typ: t, name: name, help: help}
	for _, sample := range from {
		kind := p.supported[sample].Kind
		if kind != metrics.KindUint64 && kind != metrics.KindFloat64 {
			return
		}
	}
	for _, sample := range from {
		s.from = append(s.from, p.position(sample))
	}
	if t == metric.TypeCounter {
		s.mark = new(float64)
	}
	p.scalars = append(p.scalars, s)
}

func (p *runtimePlan) addHistogram(sample, name, help string) {
	value := []metrics.Sample{{Name: sample}}
	metrics.Read(value)
	h := histogramPlan{
		name:   name,
		help:   help,
		from:   p.position(sample),
		sum:    -1,
		layout: newBucketLayout(value[0].Value.Float64Histogram().Buckets, runtimeUnit(sample)),
	}
	if exact, ok := exactSums[sample]; ok && p.supported[exact].Kind == metrics.KindUint64 {
		h.sum = p.position(exact)
	}
	p.histograms = append(p.histograms, h)
}

// position returns where a sample is read, once or several times used.
func (p *runtimePlan) position(name string) int {
	i, ok := p.positions[name]
	if !ok {
		i = len(p.names)
		p.positions[name] = i
		p.names = append(p.names, name)
	}
	return i
}
