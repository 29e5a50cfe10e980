package lint

import (
	"slices"
	"strings"

	"polymeter.dev/metric"
)

// establishedNames are names against the rules that nobody can change, since all
// programs, or all machines, show them.
var establishedNames = map[string]bool{
	"go_gc_gogc_percent": true, // a percentage by definition
	// Entropy is measured in bits.
	"node_entropy_available_bits": true,
	"node_entropy_pool_size_bits": true,
	// As a counter it would clash with the gauge go_memstats_alloc_bytes in
	// OpenMetrics, and so it may be without a type.
	"go_memstats_alloc_bytes_total": true,
}

// description looks at the family itself.
func (s *familyState) description() {
	for _, name := range s.desc.LabelNames {
		s.label(name, 0)
	}
	if s.accompanies() {
		return // named after another family, at which everything is said
	}
	s.typeSuffixes()
	s.nameForm()
	s.help()
	if establishedNames[s.name] {
		return
	}
	if s.desc.Type == metric.TypeUnknown {
		s.say(ruleTypeUnknown, "", "", "the type is unknown")
	}
	s.unit()
}

// accompanies tells whether the family is a part of one before it that the text
// format can only show apart: creation times, and the count and sum of a gauge
// histogram.
func (s *familyState) accompanies() bool {
	if s.desc.Type != metric.TypeGauge && s.desc.Type != metric.TypeUnknown {
		return false
	}
	for _, suffix := range []string{"_created", "_gcount", "_gsum"} {
		name, found := strings.CutSuffix(s.desc.Name, suffix)
		if !found {
			continue
		}
		parent, found := s.linter.parents[s.linter.hash(name)]
		if !found {
			continue
		}
		// The text format calls a gauge histogram a histogram.
		return slices.Contains(parent.Suffixes(), suffix) || parent == metric.TypeHistogram
	}
	return false
}

// typeSuffixes looks for names that say something else than the type does.
func (s *familyState) typeSuffixes() {
	t := s.desc.Type
	total := strings.HasSuffix(s.name, "_total")
	switch {
	case t == metric.TypeCounter && !total:
		s.say(ruleCounterWithoutTotal, "", "Call it "+s.name+"_total.", "the name of the counter does not end in _total")
	case t != metric.TypeCounter && t != metric.TypeUnknown && total:
		s.say(ruleTotalWithoutCounter, "", "", "the name of the %s ends in _total, as a counter's", t)
	}
	if suffix := s.reservedSuffix(); suffix != "" {
		s.say(ruleReservedSuffix, "", "", "the name of the %s ends in %s, as a part of another type", t, suffix)
	}
	s.typeInName()
}

// typeInName looks for the family's own type anywhere in the name, and for others
// at its end: a counter native_histogram_resets counts something of histograms.
func (s *familyState) typeInName() {
	stem := stem(s.words)
	for i, word := range stem {
		switch word {
		case "counter", "gauge", "gaugehistogram", "histogram", "stateset", "summary":
			if i == len(stem)-1 || word == s.desc.Type.String() {
				s.say(ruleTypeInName, "", "", "the name has the type %q in it", word)
				return
			}
		}
	}
}

// reservedSuffix returns the suffix of the family's name that parts of other
// types have, or "". Where the type is not known it may be rightly there.
func (s *familyState) reservedSuffix() string {
	t := s.desc.Type
	if t == metric.TypeUnknown {
		return ""
	}
	for _, suffix := range []string{"_count", "_sum", "_bucket", "_gcount", "_gsum", "_created", "_info"} {
		if !strings.HasSuffix(s.name, suffix) {
			continue
		}
		// Formats without infos show them as gauges.
		if suffix == "_info" && (t == metric.TypeInfo || t == metric.TypeGauge) {
			return ""
		}
		return suffix
	}
	return ""
}

// nameForm looks at how the name is spelt.
func (s *familyState) nameForm() {
	if !metric.IsLegacyMetricName(s.name) {
		s.say(ruleMetricNameNotLegacy, "", "", "older readers cannot take the name %q", s.name)
	} else if strings.Contains(s.name, ":") {
		s.say(ruleMetricNameColon, "", "", "the name has a colon, as only results of recording rules have")
	}
	if !snakeCase(s.name) && !escaped(s.name) {
		s.say(ruleMetricNameCase, "", "Call it "+strings.Join(words(s.name), "_")+".", "the name is not in snake_case")
	}
}

func (s *familyState) help() {
	help := s.desc.Help
	switch {
	case strings.TrimSpace(help) == "":
		s.say(ruleHelpMissing, "", "", "there is no help")
	case sameText(help, s.name) || sameText(help, s.desc.Name):
		s.say(ruleHelpIsName, "", "", "the help %q only repeats the name", help)
	}
}
