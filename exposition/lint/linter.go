package lint

import (
	"cmp"
	"errors"
	"fmt"
	"hash/maphash"
	"slices"
	"strings"

	"polymeter.dev/metric"
)

// maxFamilies bounds how many families of a page are remembered to be compared
// with later ones, and keepLargest how many of the largest.
const (
	maxFamilies = 1 << 16
	keepLargest = 10
)

// Linter looks at the families of one page. It must not be used concurrently.
type Linter struct {
	options Options
	on      map[*Rule]Severity
	seed    maphash.Seed

	state    familyState
	findings []Finding
	counts   [Error + 1]int // of all findings, by their severities
	// parents has the types of the families so far by the hashes of their
	// names, quantities their units by the hashes of what else they are
	// called.
	parents    map[uint64]metric.Type
	quantities map[uint64]quantity
	largest    []FamilySize
	series     int
}

// quantity is a family with a unit in its name.
type quantity struct{ family, unit string }

// New returns a linter for one page. It fails when the options name a rule or a
// severity that does not exist.
func New(o *Options) (*Linter, error) {
	l := &Linter{
		options:    o.withDefaults(),
		seed:       maphash.MakeSeed(),
		parents:    map[uint64]metric.Type{},
		quantities: map[uint64]quantity{},
	}
	var err error
	if l.on, err = l.options.severities(); err != nil {
		return nil, err
	}
	return l, nil
}

// Family looks at the next family of the page. The error is that of f.Each, or
// says that f is no family; what was found before it is kept.
func (l *Linter) Family(f metric.Family) error {
	if f == nil {
		return errors.New("lint: the family is nil")
	}
	desc := f.Desc()
	if desc == nil {
		return fmt.Errorf("lint: family of type %T has no description", f)
	}
	s := &l.state
	s.begin(l, desc)
	s.description()
	err := f.Each(s.sample)
	s.end()
	l.take(s)
	return err
}

// Findings returns what was found so far: that of each family in turn, in the
// order of the rules' IDs, and at last that of the whole page. The result is
// the caller's.
func (l *Linter) Findings() []Finding {
	findings := slices.Clone(l.findings)
	if severity, found := l.pageSeries(); found {
		findings = append(findings, Finding{
			Rule: rulePageSeries.ID, Severity: severity, Fix: rulePageSeries.Fix,
			Message: fmt.Sprintf("the page has %d series, more than %d, the most of them in %s",
				l.series, l.options.MaxPageSeries, l.describeLargest()),
		})
	}
	return findings
}

// pageSeries tells whether the page has too many series, and how much that matters.
func (l *Linter) pageSeries() (severity Severity, found bool) {
	severity, found = l.on[rulePageSeries]
	return severity, found && l.series > l.options.MaxPageSeries
}

// Count returns how many findings there are of at least the given severity so far.
// Those that were left out count as well.
func (l *Linter) Count(least Severity) int {
	n := 0
	for severity, count := range l.counts {
		if Severity(severity) >= least {
			n += count
		}
	}
	if severity, found := l.pageSeries(); found && severity >= least {
		n++
	}
	return n
}

// Omitted returns how many findings were left out because there were more than
// [Options.MaxFindings].
func (l *Linter) Omitted() int {
	n := -len(l.findings)
	for _, count := range l.counts {
		n += count
	}
	return n
}

// Series returns how many series the families so far have, each bucket and
// quantile being one.
func (l *Linter) Series() int { return l.series }

// Largest returns the ten families with the most series, the largest first. The
// result is the caller's.
func (l *Linter) Largest() []FamilySize { return slices.Clone(l.largest) }

func (l *Linter) describeLargest() string {
	var parts []string
	for _, f := range l.largest[:min(3, len(l.largest))] {
		parts = append(parts, fmt.Sprintf("%s (%d)", f.Family, f.Series))
	}
	return strings.Join(parts, ", ")
}

// take keeps what was found in a family, and what later ones are to be compared
// with.
func (l *Linter) take(s *familyState) {
	slices.SortStableFunc(s.hits, func(a, b *hit) int {
		return cmp.Or(cmp.Compare(a.Rule, b.Rule), cmp.Compare(a.Label, b.Label))
	})
	for _, h := range s.hits {
		l.counts[h.Severity]++
		if len(l.findings) < l.options.MaxFindings {
			l.findings = append(l.findings, h.Finding)
		}
	}
	if len(l.parents) < maxFamilies {
		l.parents[l.hash(s.desc.Name)] = s.desc.Type
	}
	l.series += s.lines
	l.rank(FamilySize{Family: s.name, Series: s.lines})
}

// rank puts a family among the largest, if it is one of them.
func (l *Linter) rank(f FamilySize) {
	at, _ := slices.BinarySearchFunc(l.largest, f, func(a, b FamilySize) int {
		if a.Series >= b.Series { // the earlier one stays first
			return -1
		}
		return 1
	})
	if f.Series == 0 || at == keepLargest {
		return
	}
	l.largest = slices.Insert(l.largest, at, f)
	l.largest = l.largest[:min(len(l.largest), keepLargest)]
}

func (l *Linter) hash(text string) uint64 { return maphash.String(l.seed, text) }
