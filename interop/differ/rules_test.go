package differ_test

import (
	"regexp"
	"strings"

	"github.com/prometheus/prometheus/model/labels"
)

// rule is a documented reason for which one side alone refuses pages.
type rule struct {
	name string
	// reason matches what the side says that refuses a page.
	reason *regexp.Regexp
	// holds reports whether the page breaks the rule, as far as that is easy to
	// see; nil if it is not.
	holds func(r *refusal) bool
}

func (r *rule) String() string { return r.name + ": " + r.reason.String() }

// refusal is about a page that one side refuses.
type refusal struct {
	text string
	// line is the one that we refuse, with its line feed, and before what comes
	// before it. If Prometheus refuses, it is not known which.
	before, line string
	// read is what the other side reads on the page.
	read page
}

// reason matches a whole text, in which anything may be quoted.
func reason(expression string) *regexp.Regexp {
	return regexp.MustCompile("(?s)^(?:" + expression + ")$")
}

// matches looks at the line that is refused.
func matches(expression string) func(r *refusal) bool {
	pattern := regexp.MustCompile("(?m)" + expression)
	return func(r *refusal) bool { return pattern.MatchString(r.line) }
}

var inQuotes = regexp.MustCompile(`"(\\.|[^\\"\n])*"`)

// unclosed says that a quote is left on the line when all strings are taken away.
func unclosed(r *refusal) bool {
	return strings.Contains(inQuotes.ReplaceAllString(r.line, ""), `"`)
}

// strayNUL says that the character NUL is on the line, and not within quotes.
func strayNUL(r *refusal) bool {
	return strings.Contains(inQuotes.ReplaceAllString(r.line, ""), "\x00")
}

func metadataTwice(r *refusal) bool {
	seen := map[metadata]bool{}
	if hashed.MatchString(r.before) { // which Prometheus does not see
		return true
	}
	for _, m := range r.read.metadata {
		m = metadata{kind: m.kind, name: unescaper.Replace(m.name)}
		if seen[m] {
			return true
		}
		seen[m] = true
	}
	return false
}

func seriesTwice(r *refusal) bool {
	seen := map[string]bool{}
	for _, l := range r.read.lines {
		if seen[l.point()] {
			return true
		}
		seen[l.point()] = true
	}
	return false
}

func labelTwice(r *refusal) bool {
	for _, l := range r.read.lines {
		if twice(l.labels) || l.exemplar != nil && twice(l.exemplar.labels) {
			return true
		}
	}
	return false
}

// twice looks at labels that are sorted.
func twice(list []labels.Label) bool {
	for i := 1; i < len(list); i++ {
		if list[i].Name == list[i-1].Name {
			return true
		}
	}
	return false
}
