package pushgateway

import (
	"context"

	"polymeter.dev/metric"
)

// SelfMetrics returns a collector of what the pusher knows about itself. It may be
// registered where the pusher collects.
func (p *Pusher) SelfMetrics() metric.Collector { return metric.CollectorFunc(p.collectSelf) }

func (p *Pusher) collectSelf(_ context.Context, emit func(metric.Family) error) error {
	pushes := metric.NewCounterFamily("polymeter_pushgateway_pushes", "Pushes and deletions that have ended, by outcome.", "outcome")
	for e, name := range endingNames {
		pushes.Add(float64(p.stats.pushes[e].Load()), name)
	}
	incomplete := metric.NewCounterFamily("polymeter_pushgateway_incomplete_collections", "Collections in which families or collectors were lost.")
	incomplete.Add(float64(p.stats.incomplete.Load()))
	return metric.EmitAll(emit, append([]metric.Family{pushes}, append(p.stats.families(), incomplete)...)...)
}

// families shows the requests.
func (s *stats) families() []metric.Family {
	s.mu.Lock()
	defer s.mu.Unlock()
	requests := metric.NewCounterFamily("polymeter_pushgateway_requests", "Requests that have ended, by outcome.", "outcome")
	total := 0.0
	for o, name := range outcomeNames {
		requests.Add(float64(s.requests[o]), name)
		total += float64(s.requests[o])
	}
	duration := metric.NewSummaryFamily("polymeter_pushgateway_request_duration_seconds", "Time that requests took.")
	duration.SetUnit("seconds")
	duration.Add(total, s.seconds)
	success := metric.NewGaugeFamily("polymeter_pushgateway_last_success_timestamp_seconds", "When the gateway last accepted a request; 0 before.")
	success.SetUnit("seconds")
	if s.success.IsZero() {
		success.Add(0)
	} else {
		success.Add(metric.TimestampOf(s.success).Float())
	}
	return []metric.Family{requests, duration, success}
}
