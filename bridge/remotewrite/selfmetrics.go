package remotewrite

import (
	"context"

	"polymeter.dev/metric"
)

// SelfMetrics returns a collector of what the writer knows about itself. It may be
// registered where the writer collects.
func (w *Writer) SelfMetrics() metric.Collector { return metric.CollectorFunc(w.collectSelf) }

func (w *Writer) collectSelf(_ context.Context, emit func(metric.Family) error) error {
	written := metric.NewCounterFamily("polymeter_remotewrite_written", "Samples, native histograms and exemplars that the receiver has taken, by kind.", "kind")
	for k, name := range kindNames {
		written.Add(float64(w.stats.written[k].Load()), name)
	}
	lost := metric.NewCounterFamily("polymeter_remotewrite_lost", "Samples and native histograms that were given up, by reason.", "reason")
	for why, name := range lossNames {
		lost.Add(float64(w.stats.lost[why].Load()), name)
	}
	exemplars := metric.NewCounterFamily("polymeter_remotewrite_exemplars_lost", "Exemplars that were given up, or that the receiver did not take.")
	exemplars.Add(float64(w.stats.exemplarsLost.Load()))
	incomplete := metric.NewCounterFamily("polymeter_remotewrite_incomplete_collections", "Collections in which families or collectors were lost.")
	incomplete.Add(float64(w.stats.incomplete.Load()))

	waiting := metric.NewGaugeFamily("polymeter_remotewrite_waiting_samples", "Samples that are not sent yet, those of requests under way included.")
	waiting.Add(float64(w.waiting()) + float64(w.stats.flying.Load()))
	series := metric.NewGaugeFamily("polymeter_remotewrite_series", "Series of the last collection.")
	series.Add(float64(w.intake.table.count.Load()))
	version := metric.NewGaugeFamily("polymeter_remotewrite_protocol_version", "Version of the protocol in use, 1 or 2.")
	if w.protocol.version() == Version1 {
		version.Add(1)
	} else {
		version.Add(2)
	}
	families := append([]metric.Family{written, lost, exemplars}, w.stats.families()...)
	return metric.EmitAll(emit, append(families, incomplete, waiting, series, version)...)
}

// families shows the requests.
func (s *stats) families() []metric.Family {
	s.mu.Lock()
	defer s.mu.Unlock()
	requests := metric.NewCounterFamily("polymeter_remotewrite_requests", "Requests that have ended, by outcome.", "outcome")
	total := 0.0
	for o, name := range outcomeNames {
		requests.Add(float64(s.requests[o]), name)
		total += float64(s.requests[o])
	}
	duration := metric.NewSummaryFamily("polymeter_remotewrite_request_duration_seconds", "Time that requests took.")
	duration.SetUnit("seconds")
	duration.Add(total, s.seconds)
	success := metric.NewGaugeFamily("polymeter_remotewrite_last_success_timestamp_seconds", "When the receiver last accepted a request; 0 before.")
	success.SetUnit("seconds")
	if s.success.IsZero() {
		success.Add(0)
	} else {
		success.Add(metric.TimestampOf(s.success).Float())
	}
	return []metric.Family{requests, duration, success}
}
