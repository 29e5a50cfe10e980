package multiprocess

import (
	"context"
	"time"

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
	// Published is the number of families in the file of what collectors of
	// this process publish, PublicationAge the time since it was written.
	Published      int
	PublicationAge time.Duration
	// PublishFailures is how often that file could not be written.
	PublishFailures uint64
	// PublishLosses is how many families, and collectors as a whole, could not
	// be collected for it, and stayed as they were.
	PublishLosses uint64
}

// Stats returns how the store is doing; after Close only failures remain.
func (s *Store) Stats() Stats {
	published := s.published.stats()
	s.mu.Lock()
	defer s.mu.Unlock()
	stats := Stats{
		Failures: s.failures, Published: published.families,
		PublishFailures: published.failures, PublishLosses: published.losses,
	}
	if !published.written.IsZero() {
		stats.PublicationAge = time.Since(published.written)
	}
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
	bytes.SetUnit("bytes")
	bytes.Add(float64(s.Bytes))
	series := metric.NewGaugeFamily("polymeter_store_series", "Series that this process keeps in files.")
	series.Add(float64(s.Series))
	failures := metric.NewCounterFamily("polymeter_store_failures", "Attempts to put a series in a file that failed, so that it stays in the memory of this process for now.")
	failures.Add(float64(s.Failures))
	return append([]metric.Family{files, bytes, series, failures}, s.published()...)
}

func (s *Stats) published() []metric.Family {
	families := metric.NewGaugeFamily("polymeter_store_published_families", "Families that collectors of this process publish.")
	families.Add(float64(s.Published))
	age := metric.NewGaugeFamily("polymeter_store_publication_age_seconds", "Time since they were published.")
	age.SetUnit("seconds")
	age.SetUnit("seconds")
	if s.Published > 0 {
		age.Add(s.PublicationAge.Seconds())
	}
	failures := metric.NewCounterFamily("polymeter_store_publish_failures", "Attempts to write what collectors publish that failed, so that other processes see what was written before.")
	failures.Add(float64(s.PublishFailures))
	losses := metric.NewCounterFamily("polymeter_store_publish_losses", "Families and collectors that could not be collected for publishing, and stay as they were.")
	losses.Add(float64(s.PublishLosses))
	return []metric.Family{families, age, failures, losses}
}
