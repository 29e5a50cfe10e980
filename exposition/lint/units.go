package lint

import (
	"slices"
	"strings"

	"polymeter.dev/metric"
)

// unit is what a word says about the unit of a metric.
type unit struct {
	kind unitKind
	base string // the unit to use
	// ambiguous says that the word is common in other meanings, so that only
	// at the end of a name it is taken for a unit.
	ambiguous bool
}

type unitKind uint8

const (
	unitNone unitKind = iota
	unitBase
	unitOther
	unitAbbreviated
)

// units has the words that name units. The base units are those that Prometheus
// and OpenMetrics ask for, and a few that have no better one.
var units = makeUnits()

func makeUnits() map[string]unit {
	m := map[string]unit{}
	add := func(kind unitKind, base string, ambiguous bool, words string) {
		for _, word := range strings.Fields(words) {
			m[word] = unit{kind: kind, base: base, ambiguous: ambiguous}
		}
	}
	const plain, ambiguous = false, true

	add(unitBase, "seconds", plain, "seconds")
	add(unitOther, "seconds", plain, "nanoseconds microseconds milliseconds nanos micros millis")
	add(unitOther, "seconds", ambiguous, "minutes hours days weeks months years")
	add(unitAbbreviated, "seconds", ambiguous, "s ns us ms nsec nsecs usec usecs msec msecs sec secs mins hr hrs")

	add(unitBase, "bytes", plain, "bytes")
	add(unitOther, "bytes", plain, `kilobytes megabytes gigabytes terabytes petabytes
		kibibytes mebibytes gibibytes tebibytes pebibytes kilobits megabits gigabits`)
	add(unitOther, "bytes", ambiguous, "bits")
	add(unitAbbreviated, "bytes", ambiguous, "kb mb gb tb pb kib mib gib tib pib")
	add(unitAbbreviated, "bytes_per_second", ambiguous, "bps kbps mbps gbps")

	add(unitBase, "ratio", ambiguous, "ratio")
	add(unitOther, "ratio", ambiguous, "percent percents percentage permille")
	add(unitAbbreviated, "ratio", ambiguous, "pct")

	add(unitBase, "celsius", plain, "celsius kelvin") // of colours kelvin is the usual unit
	add(unitOther, "celsius", plain, "fahrenheit")

	add(unitBase, "meters", ambiguous, "meters metres")
	add(unitOther, "meters", plain, "kilometers centimeters millimeters micrometers nanometers kilometres centimetres millimetres")
	add(unitOther, "meters", ambiguous, "miles inches feet yards")
	add(unitAbbreviated, "meters", ambiguous, "km cm")

	add(unitBase, "grams", ambiguous, "grams")
	add(unitOther, "grams", plain, "kilograms milligrams micrograms")
	add(unitOther, "grams", ambiguous, "pounds ounces tonnes")
	add(unitAbbreviated, "grams", ambiguous, "kg")

	add(unitBase, "volts", plain, "volts")
	add(unitOther, "volts", plain, "microvolts millivolts kilovolts")
	add(unitBase, "amperes", plain, "amperes")
	add(unitOther, "amperes", plain, "microamperes milliamperes")
	add(unitAbbreviated, "amperes", ambiguous, "amps milliamps")
	add(unitBase, "joules", plain, "joules")
	add(unitOther, "joules", plain, "kilojoules megajoules kilocalories")
	add(unitAbbreviated, "joules", ambiguous, "wh kwh")
	add(unitBase, "watts", plain, "watts")
	add(unitOther, "watts", plain, "milliwatts kilowatts megawatts")
	add(unitAbbreviated, "watts", ambiguous, "kw")
	add(unitBase, "hertz", plain, "hertz")
	add(unitOther, "hertz", plain, "kilohertz megahertz gigahertz")
	add(unitAbbreviated, "hertz", ambiguous, "hz khz mhz ghz")
	return m
}

// unit looks at the unit, the declared one and that in the name.
func (s *familyState) unit() {
	d := s.desc
	if d.Unit != "" {
		s.declaredUnit()
	}
	stem := stem(s.words)
	if len(stem) == 0 || d.Type == metric.TypeInfo || d.Type == metric.TypeStateSet {
		return
	}
	if slices.Contains(stem, "per") {
		return // a unit of two, of which there is no end
	}
	word := stem[len(stem)-1]
	switch u := units[word]; u.kind {
	case unitNone:
		s.unitElsewhere(stem)
	case unitBase:
		if d.Unit == "" && !s.linter.options.NoUnits && !standardName(s.name) {
			s.say(ruleUnitUndeclared, "", "Declare the unit "+word+".", "the name ends in the unit %s, which is not declared", word)
		}
	case unitOther:
		s.say(ruleUnitNotBase, "", "Show "+u.base+".", "the unit is %s, not %s", word, u.base)
	case unitAbbreviated:
		s.say(ruleUnitAbbreviated, "", "Show "+u.base+".", "the unit is abbreviated to %s", word)
	}
	s.mixedUnits(stem)
}

// standardName tells whether a name is one that a client library shows by itself.
// Most of them declare no units.
func standardName(name string) bool {
	return strings.HasPrefix(name, "go_") || strings.HasPrefix(name, "process_")
}

func (s *familyState) declaredUnit() {
	d := s.desc
	switch {
	case d.Type == metric.TypeInfo || d.Type == metric.TypeStateSet:
		s.say(ruleUnitMismatch, "", "Declare no unit.", "the %s has the unit %s", d.Type, d.Unit)
	case !strings.HasSuffix(d.Name, "_"+d.Unit):
		s.say(ruleUnitMismatch, "", "", "the unit is %s, and the name does not end in it", d.Unit)
	}
}

// unitElsewhere looks for a unit that is not at the end.
func (s *familyState) unitElsewhere(stem []string) {
	if s.desc.Unit != "" {
		return // the name ends in a unit that is not known here
	}
	for _, word := range stem[:len(stem)-1] {
		if u := units[word]; u.kind != unitNone && !u.ambiguous {
			s.say(ruleUnitNotLast, "", "", "the unit %s is not at the end of the name", word)
			return
		}
	}
}

// mixedUnits compares the family with earlier ones that have another unit of the
// same dimension.
func (s *familyState) mixedUnits(stem []string) {
	last := len(stem) - 1
	u := units[stem[last]]
	if u.kind == unitNone || last == 0 {
		return
	}
	l := s.linter
	key := l.hash(strings.Join(stem[:last], "_") + " " + u.base)
	other, found := l.quantities[key]
	switch {
	case found && other.unit != stem[last]:
		s.say(ruleUnitMixed, "", "", "the unit is %s, that of %s is %s", stem[last], other.family, other.unit)
	case !found && len(l.quantities) < maxFamilies:
		l.quantities[key] = quantity{family: s.name, unit: stem[last]}
	}
}
