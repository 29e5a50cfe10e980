package gather

import "polymeter.dev/metric"

// Mark can be named only inside this module; see [Trusted].
type Mark struct{}

// Trusted is a family that is valid and free of duplicates by construction:
// instruments and merges of files are. Encoders write it straight, without the
// checks that families from foreign collectors need.
type Trusted interface {
	metric.Family
	Trusted(Mark)
}

// IsTrusted reports whether f needs no checks.
func IsTrusted(f metric.Family) bool {
	_, ok := f.(Trusted)
	return ok
}

// Guarded is a collector that itself keeps the collectors it is made of from
// spoiling a scrape, and emits each family as it stands, without a copy: a
// registry, or the merge of files.
type Guarded interface {
	metric.Collector
	Guarded(Mark)
}

// IsGuarded reports whether c may be run without a guard.
func IsGuarded(c metric.Collector) bool {
	_, ok := c.(Guarded)
	return ok
}
