package differ_test

import (
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/prometheus/prometheus/model/labels"

	"polymeter.dev/exposition"
)

// The known differences in what is read of pages that both sides accept.
// docs/conformance.md has them.
const (
	boundsRewritten = "le and quantile are written anew"
	blanksInName    = "blanks before a name belong to it"
	hashBesideHelp  = "HELP and TYPE directly behind # are a comment"
	commentWithNUL  = "the character NUL in a comment ends the page, or is overlooked"
	strayBeforeNUL  = "a backslash before the character NUL escapes what is behind that"
	blankHelp       = "a help text of blanks is empty"
	firstCounts     = "of samples with one time the first counts"
	timesAreFloats  = "times are float64"
	timesOverflow   = "times beyond milliseconds in an int64"
	exemplarEscapes = "exemplars keep their escapes"
)

// comparison compares what both sides read on a page.
type comparison struct {
	format *format
	text   string // of the page
	// noted are the known differences that were met.
	noted []string
}

func (c *comparison) note(difference string) { c.noted = append(c.noted, difference) }

func (c *comparison) isText() bool { return c.format.syntax == exposition.Text }

// problem says what is different without being known, or "".
func (c *comparison) problem(ours, theirs page) string {
	if c.format.leniency == 0 { // or else some of the metadata is ignored
		if problem := c.metadata(ours, theirs); problem != "" {
			return problem
		}
	}
	seen := map[string]bool{}
	for _, their := range theirs.lines {
		switch {
		case len(ours.lines) > 0 && c.sameLine(&ours.lines[0], &their):
			ours.lines = ours.lines[1:]
		case (!c.isText() || c.format.leniency != 0) && seen[their.point()]:
			c.note(firstCounts)
		default:
			return fmt.Sprintf("Prometheus reads %s\nwe read %s", their, firstOf(ours.lines))
		}
		seen[their.point()] = true
	}
	if len(ours.lines) > 0 {
		return fmt.Sprintf("only we read %s", ours.lines[0])
	}
	return ""
}

func firstOf(lines []line) string {
	if len(lines) == 0 {
		return "nothing"
	}
	return lines[0].String()
}

// point is the series and the time of a line.
func (l *line) point() string { return fmt.Sprintf("%q %v %d", l.labels, l.time.set, l.time.milli) }

func (l line) String() string {
	s := l.point() + " = " + strconv.FormatFloat(l.value, 'g', -1, 64)
	if e := l.exemplar; e != nil {
		s += fmt.Sprintf(" # %q %v at %v %d", e.labels, e.value, e.time.set, e.time.milli)
	}
	return s
}

// hashed matches metadata without a blank behind the #.
var hashed = regexp.MustCompile(`(?m)^[ \t]*#(HELP|TYPE)([ \t]|$)`)

// metadata compares types, help texts and units. Both sides have at most one of each
// for a name, or we would have refused the page.
func (c *comparison) metadata(ours, theirs page) string {
	read := map[metadata]bool{}
	for _, m := range theirs.metadata {
		m.name = unescaper.Replace(m.name)
		read[m] = true
	}
	for _, m := range ours.metadata {
		blank := metadata{m.kind, m.name, ""}
		switch {
		case read[m]:
			delete(read, m)
		case m.text == "", m.kind == "TYPE" && m.text == "unknown":
		case strings.Trim(m.text, " \t") == "" && read[blank]:
			c.note(blankHelp)
		case c.isText() && hashed.MatchString(c.text):
			c.note(hashBesideHelp)
		default:
			return fmt.Sprintf("only we read %q, not %q", m, theirs.metadata)
		}
	}
	for m := range read {
		if m.text != "" {
			return fmt.Sprintf("only Prometheus reads %q, not %q", m, ours.metadata)
		}
	}
	return ""
}

// sameLine reports whether a line is the same, but for known differences.
func (c *comparison) sameLine(our, their *line) bool {
	noted := len(c.noted)
	same := c.sameLabels(our.labels, their.labels) && c.sameValue(our, their) && c.sameTime(our.time, their.time) &&
		c.sameExemplar(our.exemplar, their.exemplar)
	switch {
	case !same:
		c.noted = c.noted[:noted]
	case their.indented:
		c.note(blanksInName)
	}
	return same
}

func (c *comparison) sameLabels(ours, theirs []labels.Label) bool {
	return slices.EqualFunc(ours, theirs, func(our, their labels.Label) bool {
		switch {
		case our == their:
			return true
		case our.Name != their.Name:
			return false
		case our.Name == "le" || our.Name == "quantile":
			c.note(boundsRewritten)
			bound, err := strconv.ParseFloat(our.Value, 64)
			return err == nil && labels.FormatOpenMetricsFloat(bound) == their.Value
		}
		return false
	})
}

func (c *comparison) sameValue(our, their *line) bool {
	if our.value == their.value || math.IsNaN(our.value) && math.IsNaN(their.value) {
		return true
	}
	const nanosecond, ulp = 1e-9, 0x1p-52
	c.note(timesAreFloats)
	return our.start && math.Abs(our.value-their.value) <= nanosecond+ulp*math.Abs(our.value)
}

func (c *comparison) sameTime(our, their instant) bool {
	switch {
	case our.set != their.set:
		return false
	case !our.set || c.isText() || our.milli == their.milli && our.inRange():
		return our.milli == their.milli
	case !our.inRange():
		c.note(timesOverflow)
		return true
	}
	const millisecond, ulp = 1, 0x1p-52
	c.note(timesAreFloats)
	ms := our.exact.Float() * 1000
	return math.Abs(ms-float64(their.milli)) <= millisecond+ulp*math.Abs(ms)
}

// inRange reports whether the time fits milliseconds in an int64.
func (i *instant) inRange() bool { return math.Abs(i.exact.Float()) < math.MaxInt64/1000 }

// sameExemplar compares exemplars. Theirs keep the escapes of names and values.
func (c *comparison) sameExemplar(our, their *spotted) bool {
	if our == nil || their == nil {
		return our == nil && their == nil
	}
	var plain []labels.Label
	for _, l := range their.labels {
		plain = append(plain, labels.Label{Name: unescaper.Replace(l.Name), Value: unescaper.Replace(l.Value)})
	}
	if !slices.Equal(plain, their.labels) {
		c.note(exemplarEscapes)
	}
	value := our.value == their.value || math.IsNaN(our.value) && math.IsNaN(their.value)
	return value && slices.Equal(our.labels, sorted(plain)) && c.sameTime(our.time, their.time)
}

// unescaper undoes the escapes of quotes; what is none stays as it is.
var unescaper = strings.NewReplacer(`\\`, `\`, `\"`, `"`, `\n`, "\n")
