package lint

import (
	"fmt"
	"hash/maphash"
	"strings"

	"polymeter.dev/metric"
)

// familyState is what is known of the family that is being looked at. It is
// used for one after the other.
type familyState struct {
	linter *Linter
	desc   *metric.Desc
	name   string // as shown
	words  []string
	// info says that the family is an info, or is shown as one in formats that
	// have none.
	info bool

	hits []*hit
	// lines is how many series the family has as a server counts them, sets
	// has the hashes of its label sets, up to one more than the threshold.
	lines int
	sets  map[uint64]struct{}

	labels     []labelState
	labelNames []string // of the first series
	anySeries  bool
	last       series
	lastName   string // of the sample before
	hash       maphash.Hash
	buckets    bucketState
}

// hit is a finding that may still grow.
type hit struct {
	Finding
	rule *Rule
	// shape says that it is about the buckets of a series, which is true only
	// if these stand together.
	shape bool
	// alone says that it matters less if it stays the only case.
	alone bool
}

func (s *familyState) begin(l *Linter, d *metric.Desc) {
	sets, labels := s.sets, s.labels
	clear(sets)
	if sets == nil {
		sets = map[uint64]struct{}{}
	}
	runs := s.buckets.runs
	clear(runs)
	*s = familyState{linter: l, desc: d, name: d.FullName(), words: words(d.Name), sets: sets, labels: labels[:0]}
	s.hash.SetSeed(l.seed)
	s.buckets.runs = runs
	s.info = d.Type == metric.TypeInfo ||
		(d.Type == metric.TypeGauge || d.Type == metric.TypeUnknown) && strings.HasSuffix(d.Name, "_info")
}

// hit counts a case of a rule. Only for the first one it returns a finding, for
// the message to be filled in; nil if the rule is off, too.
func (s *familyState) hit(r *Rule, label string) *Finding {
	h := s.newHit(r, label)
	if h == nil {
		return nil
	}
	return &h.Finding
}

func (s *familyState) newHit(r *Rule, label string) *hit {
	severity, on := s.linter.on[r]
	if !on {
		return nil
	}
	for _, h := range s.hits {
		if h.rule == r && h.Label == label {
			h.Count++
			return nil
		}
	}
	h := &hit{rule: r, Finding: Finding{
		Rule: r.ID, Severity: severity, Family: s.name, Label: label, Count: 1, Message: r.Summary, Fix: r.Fix,
	}}
	s.hits = append(s.hits, h)
	return h
}

// say reports something about the family itself. An empty fix is the rule's.
func (s *familyState) say(r *Rule, label, fix, format string, args ...any) {
	f := s.hit(r, label)
	if f == nil {
		return
	}
	f.Count = 0
	f.Message = fmt.Sprintf(format, args...)
	if fix != "" {
		f.Fix = fix
	}
}

// sample looks at one sample.
func (s *familyState) sample(p *metric.Sample) error {
	role := s.role(p)
	point := !p.Timestamp.IsZero() && p.Name == s.lastName && p.Labels == s.last.labels
	current := s.series(p, role)
	s.lastName = p.Name
	s.timestamp(p)
	before := s.lines
	switch {
	case p.Histogram != nil:
		s.histogram(p)
	case p.Summary != nil:
		s.lines += len(p.Summary.Quantiles) + 2
		s.counterValue(p, "count", p.Summary.Count)
	default:
		s.lines++
		s.simple(p, role, current)
	}
	if point { // a later one of the same series
		s.lines = before
	}
	return nil
}

// end looks at what only the whole family shows.
func (s *familyState) end() {
	s.endHistograms()
	s.endAlone()
	limit := s.linter.options.MaxFamilySeries
	if len(s.sets) > limit {
		s.say(ruleFamilySeries, "", "", "the family has more than %d label sets", limit)
	}
	for i := range s.labels {
		if l := &s.labels[i]; len(l.values) > s.linter.options.MaxLabelValues {
			s.say(ruleLabelCardinality, l.name, "", "label %q has more than %d values", l.name, s.linter.options.MaxLabelValues)
		}
	}
}

// endAlone lowers the severity of what matters only where there is more of it,
// unless someone has chosen one.
func (s *familyState) endAlone() {
	for _, h := range s.hits {
		if _, chosen := s.linter.options.Severities[h.Rule]; h.alone && h.Count == 1 && !chosen {
			h.Severity = Info
		}
	}
}
