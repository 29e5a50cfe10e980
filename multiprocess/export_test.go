package multiprocess

import "polymeter.dev/internal/mapped"

// OpenWith is [Open] with another kernel.
func OpenWith(dir string, o *Options, kernel mapped.Kernel) (*Store, error) {
	return open(dir, *o, kernel)
}

// NewCollectorWith is [NewCollector] with another kernel.
func NewCollectorWith(dir string, o *CollectorOptions, kernel mapped.Kernel) (*Collector, error) {
	return newCollector(dir, o, kernel)
}

// PlanOf returns something that stays the same as long as the collector need not
// find out again what its files list.
func PlanOf(c *Collector) any { return c.plan }
