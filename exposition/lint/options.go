package lint

import (
	"cmp"
	"fmt"
	"time"
)

// The defaults of [Options].
const (
	DefaultMaxLabelValues      = 100
	DefaultMaxFamilySeries     = 1_000
	DefaultMaxPageSeries       = 50_000
	DefaultMaxLabelValueLength = 128
	DefaultMaxBuckets          = 40
	DefaultMinObservations     = 100
	DefaultMaxAge              = 5 * time.Minute
	DefaultMaxFindings         = 10_000
)

// Options are the choices of a [Linter]. The zero value is the default; so is a
// nil *Options. Thresholds of zero or less are the default; what is not to be
// looked at is disabled.
type Options struct {
	// Enable has the IDs of the rules to look at. Empty means all.
	Enable []string
	// Disable has the IDs of rules not to look at.
	Disable []string
	// Severities replaces the severities of rules, by their IDs.
	Severities map[string]Severity

	// NoUnits says that the page's format has no units, as Prometheus text,
	// so that none is missing.
	NoUnits bool

	// MaxLabelValues is how many values a label may have in a family.
	MaxLabelValues int
	// MaxFamilySeries is how many label sets a family may have.
	MaxFamilySeries int
	// MaxPageSeries is how many series a page may have.
	MaxPageSeries int
	// MaxLabelValueLength is how many bytes a label value may have.
	MaxLabelValueLength int
	// MaxBuckets is how many buckets a histogram may have, +Inf included.
	MaxBuckets int
	// MinObservations is how many observations a family of histograms must
	// have before it matters that they are all in one bucket.
	MinObservations int

	// Now is the time to hold timestamps against. The default is the time at
	// which the linter is made.
	Now time.Time
	// MaxAge is how old a timestamp may be, and how far ahead.
	MaxAge time.Duration

	// MaxFindings bounds the findings that are kept; see [Linter.Omitted].
	MaxFindings int
}

// withDefaults returns a copy in which every threshold is set.
func (o *Options) withDefaults() Options {
	var c Options
	if o != nil {
		c = *o
	}
	c.MaxLabelValues = orDefault(c.MaxLabelValues, DefaultMaxLabelValues)
	c.MaxFamilySeries = orDefault(c.MaxFamilySeries, DefaultMaxFamilySeries)
	c.MaxPageSeries = orDefault(c.MaxPageSeries, DefaultMaxPageSeries)
	c.MaxLabelValueLength = orDefault(c.MaxLabelValueLength, DefaultMaxLabelValueLength)
	c.MaxBuckets = orDefault(c.MaxBuckets, DefaultMaxBuckets)
	c.MinObservations = orDefault(c.MinObservations, DefaultMinObservations)
	c.MaxAge = orDefault(c.MaxAge, DefaultMaxAge)
	c.MaxFindings = orDefault(c.MaxFindings, DefaultMaxFindings)
	if c.Now.IsZero() {
		c.Now = time.Now()
	}
	return c
}

func orDefault[T cmp.Ordered](v, byDefault T) T {
	var zero T
	if v > zero {
		return v
	}
	return byDefault
}

// severities returns the rules to look at with the severity of each.
func (o *Options) severities() (map[*Rule]Severity, error) {
	on := make(map[*Rule]Severity)
	for _, r := range everyRule {
		if len(o.Enable) == 0 {
			on[r] = r.Severity
		}
	}
	for _, id := range o.Enable {
		r := find(id)
		if r == nil {
			return nil, unknownRule(id)
		}
		on[r] = r.Severity
	}
	for id, severity := range o.Severities {
		r := find(id)
		if r == nil {
			return nil, unknownRule(id)
		}
		if int(severity) >= len(severityNames) {
			return nil, fmt.Errorf("lint: rule %q is to have the invalid severity %d", id, severity)
		}
		if _, enabled := on[r]; enabled {
			on[r] = severity
		}
	}
	for _, id := range o.Disable {
		r := find(id)
		if r == nil {
			return nil, unknownRule(id)
		}
		delete(on, r)
	}
	return on, nil
}

func unknownRule(id string) error { return fmt.Errorf("lint: there is no rule %q", id) }
