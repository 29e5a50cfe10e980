package scrape

import (
	"context"
	"sync"

	"polymeter.dev/metric"
)

// stats are what a collector knows of its targets.
type stats struct {
	mu      sync.Mutex
	targets []*targetStats // of the last collection
}

// targetStats tell how a target is doing.
type targetStats struct {
	name     string
	up       bool
	seconds  float64
	failures int
	lost     int
}

// note remembers how a collection went. Targets that are gone are forgotten.
func (s *stats) note(pages []*page) {
	s.mu.Lock()
	defer s.mu.Unlock()
	known := make(map[string]*targetStats, len(s.targets))
	for _, t := range s.targets {
		known[t.name] = t
	}
	s.targets = make([]*targetStats, len(pages))
	for i, p := range pages {
		t := known[p.target.Name]
		if t == nil {
			t = &targetStats{name: p.target.Name}
		}
		t.up, t.seconds = p.up, p.took.Seconds()
		t.lost += p.lost
		if !p.up {
			t.failures++
		}
		s.targets[i] = t
	}
}

// SelfMetrics returns a collector of how the targets were doing in the last collection.
// A handler of the collector shows it; where the collector is registered, it may be
// registered beside it.
func (c *Collector) SelfMetrics() metric.Collector { return metric.CollectorFunc(c.stats.collect) }

func (s *stats) collect(_ context.Context, emit func(metric.Family) error) error {
	const prefix = "polymeter_scraped_target_"
	up := metric.NewGaugeFamily(prefix+"up", "Whether the last scrape of a target gave a page, 1 or 0.", "target")
	duration := metric.NewGaugeFamily(prefix+"duration_seconds", "Time that the last scrape of a target took.", "target")
	duration.SetUnit("seconds")
	failures := metric.NewCounterFamily(prefix+"failures", "Scrapes of a target that gave no page.", "target")
	lost := metric.NewCounterFamily(prefix+"families_lost", "Families left out of the pages of a target.", "target")
	s.mu.Lock()
	for _, t := range s.targets {
		value := 0.0
		if t.up {
			value = 1
		}
		up.Add(value, t.name)
		duration.Add(t.seconds, t.name)
		failures.Add(float64(t.failures), t.name)
		lost.Add(float64(t.lost), t.name)
	}
	s.mu.Unlock()
	return metric.EmitAll(emit, up, duration, failures, lost)
}
