package multiprocess

import (
	"context"

	"polymeter.dev/metric"
)

// Stats is how a [Store] is doing.
type Stats struct {
	// Files is the number of files open, Bytes the space that they take up.
	Files int
	Bytes int64
	// Series is the number of series kept in the files.
	Series int
	// Failures is how often a series could not be put in a file, because the
	// disk was full or for another reason that may pass, and stayed in the
	// memory of the process.
	Failures uint64
}

// Stats returns how the store is doing; after Close only Failures remain.
func (s *Store) Stats() Stats {
	s.mu.Lock()
	defer s.mu.Unlock()
	stats := Stats{Failures: s.failures}
	if !s.closed {
		s.format.fill(&stats)
	}
	return stats
}

// SelfMetrics returns a collector of [Store.Stats].
func (s *Store) SelfMetrics() metric.Collector {
	return metric.CollectorFunc(func(_ context.Context, emit func(metric.Family) error) error {
		stats := s.Stats()
		return metric.EmitAll(emit, stats.families()...)
	})
}

func (s *Stats) families() []metric.Family {
	files := metric.NewGaugeFamily("polymeter_store_files", "Files that this process counts in.")
	files.Add(float64(s.Files))
	bytes := metric.NewGaugeFamily("polymeter_store_bytes", "Space that the files of this process take up.")
	bytes.Add(float64(s.Bytes))
	series := metric.NewGaugeFamily("polymeter_store_series", "Series that this process keeps in files.")
	series.Add(float64(s.Series))
	failures := metric.NewCounterFamily("polymeter_store_failures", "Attempts to put a series in a file that failed, so that it stays in the memory of this process for now.")
	failures.Add(float64(s.Failures))
	return []metric.Family{files, bytes, series, failures}
}
