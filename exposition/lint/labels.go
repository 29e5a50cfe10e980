package lint

import (
	"strings"

	"polymeter.dev/metric"
)

// maxLabels bounds how many label names of a family are looked at. More than a
// few is a mistake that other rules find.
const maxLabels = 64

// series is what is known of the labels of a sample.
type series struct {
	labels metric.Labels
	role   role
	key    uint64 // hash of the labels without le or quantile
	// bound is the value of le or quantile, if found.
	bound string
	found bool
}

// labelState is what is known of one label of a family.
type labelState struct {
	name string
	// values has hashes of the values, up to one more than the threshold.
	values map[uint64]struct{}
}

// boundName returns the label that belongs to the format in samples of this
// role, or "".
func (r role) boundName() string {
	switch r {
	case roleBucket:
		return "le"
	case roleQuantile:
		return "quantile"
	}
	return ""
}

// series looks at the labels of a sample.
func (s *familyState) series(p *metric.Sample, r role) series {
	if s.last.key != 0 && p.Labels == s.last.labels && r == s.last.role {
		return s.last
	}
	current := series{labels: p.Labels, role: r}
	boundName := r.boundName()
	s.hash.Reset()
	var names int
	same := true
	for name, value := range p.Labels.All() {
		if name == boundName {
			current.bound, current.found = value, true
			continue
		}
		s.write(name)
		s.write(value)
		if !s.anySeries && r != roleStray {
			s.labelNames = append(s.labelNames, name)
		}
		same = same && names < len(s.labelNames) && s.labelNames[names] == name
		s.value(p, name, value, names)
		names++
	}
	if r != roleStray && !s.info && (!same || names != len(s.labelNames)) {
		s.inconsistent(p, boundName)
	}
	current.key = s.hash.Sum64()
	if len(s.sets) <= s.linter.options.MaxFamilySeries {
		s.sets[current.key] = struct{}{}
	}
	s.anySeries, s.last = s.anySeries || r != roleStray, current
	return current
}

// write adds a text to the hash of the label set, so that no two sets have the
// same.
func (s *familyState) write(text string) {
	s.hash.WriteString(text)
	s.hash.WriteByte(0xff) // no part of valid UTF-8
}

func (s *familyState) inconsistent(p *metric.Sample, boundName string) {
	f := s.hit(ruleLabelsInconsistent, "")
	if f == nil {
		return
	}
	var names []string
	for name := range p.Labels.All() {
		if name != boundName {
			names = append(names, name)
		}
	}
	f.Series = p.Labels
	f.Message = "a series has " + describeNames(names) + ", the first one has " + describeNames(s.labelNames)
}

func describeNames(names []string) string {
	switch len(names) {
	case 0:
		return "no labels"
	case 1:
		return "the label " + names[0]
	}
	return "the labels " + strings.Join(names, ", ")
}

// value looks at one label of a sample. Position is where the label probably is
// among those known.
func (s *familyState) value(p *metric.Sample, name, value string, position int) {
	l := s.label(name, position)
	if l == nil {
		return
	}
	if value == "" {
		if s.info {
			return // nothing to tell
		}
		if f := s.hit(ruleLabelEmpty, name); f != nil {
			f.Series = p.Labels
			f.Message = "label " + quote(name) + " is empty"
		}
		return
	}
	if len(l.values) > s.linter.options.MaxLabelValues {
		return
	}
	before := len(l.values)
	if l.values[s.linter.hash(value)] = struct{}{}; len(l.values) > before {
		s.newValue(p, name, value)
	}
}

// newValue looks at a value that the label did not have before.
func (s *familyState) newValue(p *metric.Sample, name, value string) {
	if limit := s.linter.options.MaxLabelValueLength; len(value) > limit {
		if f := s.hit(ruleLabelLong, name); f != nil {
			f.Series = p.Labels
			f.Message = "label " + quote(name) + " has a value of " + count(len(value)) + " bytes, more than " + count(limit)
		}
	}
	if s.info || targetLabel(name) {
		return // that infos identify one thing is what they are for
	}
	if kind := unboundedKind(name, value); kind != "" {
		if h := s.newHit(ruleLabelUnbounded, name); h != nil {
			h.alone = mayBeName(kind)
			h.Series = p.Labels
			h.Message = "label " + quote(name) + " has the value " + quote(value) + ", " + kind
		}
	}
}

// label returns the state of a label, or nil when there are too many. A new one
// has its name looked at.
func (s *familyState) label(name string, position int) *labelState {
	if position < len(s.labels) && s.labels[position].name == name {
		return &s.labels[position]
	}
	for i := range s.labels {
		if s.labels[i].name == name {
			return &s.labels[i]
		}
	}
	if len(s.labels) == maxLabels {
		return nil
	}
	if len(s.labels) < cap(s.labels) {
		s.labels = s.labels[:len(s.labels)+1]
	} else {
		s.labels = append(s.labels, labelState{values: map[uint64]struct{}{}})
	}
	l := &s.labels[len(s.labels)-1]
	if l.name = name; l.values == nil {
		l.values = map[uint64]struct{}{}
	}
	clear(l.values)
	s.labelName(name)
	return l
}

func (s *familyState) labelName(name string) {
	t := s.desc.Type
	if name == s.desc.Name && (t == metric.TypeStateSet || t == metric.TypeGauge) {
		return // the label of the states, which takes the family's name
	}
	misplaced := name == "le" && t != metric.TypeHistogram && t != metric.TypeGaugeHistogram ||
		name == "quantile" && t != metric.TypeSummary
	switch {
	case strings.HasPrefix(name, "__"):
		s.say(ruleLabelReserved, name, "", "the label name %q starts with two underscores", name)
	case misplaced && t != metric.TypeUnknown:
		s.say(ruleLabelBound, name, "", "the label %q is on a %s", name, t)
	case targetLabel(name):
		s.say(ruleLabelTarget, name, "", "there is a label %q, which scrapers set", name)
	}
	if !metric.IsLegacyLabelName(name) {
		s.say(ruleLabelNotLegacy, name, "", "older readers cannot take the label name %q", name)
	}
	if !strings.HasPrefix(name, "__") && !snakeCase(name) && !escaped(name) {
		s.say(ruleLabelCase, name, "Call it "+strings.Join(words(name), "_")+".", "the label name %q is not in snake_case", name)
	}
	s.redundant(name)
}

func targetLabel(name string) bool { return name == "job" || name == "instance" }

// redundant looks for metric names that say what a label says, and the reverse.
// That a word occurs in both is not enough: node_cpu_seconds{cpu} is fine.
func (s *familyState) redundant(label string) {
	if s.info || label == "" {
		return
	}
	name := "_" + strings.Join(s.words, "_") + "_"
	base := strings.Join(stem(s.words), "_")
	inName := strings.Contains(name, "_by_"+label+"_") || strings.Contains(name, "_per_"+label+"_")
	if inName || strings.HasPrefix(label, base+"_") {
		s.say(ruleLabelRedundant, label, "", "the label %q and the name of the metric say the same", label)
	}
}
