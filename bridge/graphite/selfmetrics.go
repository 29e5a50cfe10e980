package graphite

import (
	"context"

	"polymeter.dev/metric"
)

// SelfMetrics returns a collector of what the bridge knows about itself. It may be
// registered where the bridge collects.
func (b *Bridge) SelfMetrics() metric.Collector { return metric.CollectorFunc(b.collectSelf) }

func (b *Bridge) collectSelf(_ context.Context, emit func(metric.Family) error) error {
	written := metric.NewCounterFamily("polymeter_graphite_written", "Samples that the receiver has read; over UDP, that were sent.")
	written.Add(float64(b.stats.written.Load()))
	lost := metric.NewCounterFamily("polymeter_graphite_lost", "Samples that were given up, by reason.", "reason")
	for why, name := range lossNames {
		lost.Add(float64(b.stats.lost[why].Load()), name)
	}
	repeated := metric.NewCounterFamily("polymeter_graphite_repeated", "Samples that were in doubt, and are to be sent again.")
	repeated.Add(float64(b.stats.repeated.Load()))
	incomplete := metric.NewCounterFamily("polymeter_graphite_incomplete_collections", "Collections in which families or collectors were lost.")
	incomplete.Add(float64(b.stats.incomplete.Load()))

	waiting := metric.NewGaugeFamily("polymeter_graphite_waiting_samples", "Samples that are not sent yet, those of the batch under way included.")
	waiting.Add(float64(b.waiting()))
	series := metric.NewGaugeFamily("polymeter_graphite_series", "Series of the last collection.")
	series.Add(float64(b.intake.table.count.Load()))
	families := append([]metric.Family{written, lost, repeated}, b.stats.families()...)
	return metric.EmitAll(emit, append(families, incomplete, waiting, series)...)
}

// families shows the batches.
func (s *stats) families() []metric.Family {
	s.mu.Lock()
	defer s.mu.Unlock()
	batches := metric.NewCounterFamily("polymeter_graphite_batches", "Attempts to send a batch that have ended, by outcome.", "outcome")
	batches.Add(float64(s.succeeded), "succeeded")
	batches.Add(float64(s.failed), "failed")
	duration := metric.NewSummaryFamily("polymeter_graphite_batch_duration_seconds", "Time that these attempts took.")
	duration.SetUnit("seconds")
	duration.Add(float64(s.succeeded+s.failed), s.seconds)
	success := metric.NewGaugeFamily("polymeter_graphite_last_success_timestamp_seconds", "When a batch was last sent; 0 before.")
	success.SetUnit("seconds")
	if s.success.IsZero() {
		success.Add(0)
	} else {
		success.Add(metric.TimestampOf(s.success).Float())
	}
	return []metric.Family{batches, duration, success}
}
