package differ_test

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"polymeter.dev/exposition"
)

// format is one that both sides read.
type format struct {
	name        string
	folder      string // of the conformance corpus
	syntax      exposition.Syntax
	leniency    exposition.Leniency
	contentType string
	// stricter are the rules for which only we refuse a page, laxer those for which
	// only Prometheus does.
	stricter, laxer []rule
	// differences are those in what is read that are known.
	differences []string
	// seeds are pages beside those of the corpus.
	seeds []string
}

var formats = []*format{&text, &lenientText, &openMetrics}

// judge reads a page with both. It returns what is known of the difference: the names
// of rules or of differences in what was read. A problem is a difference that is not
// known.
func (f *format) judge(text string) (known []string, problem string) {
	known, problem = f.compare(text)
	switch {
	case problem == "":
		return known, ""
	case hiddenNUL.MatchString(text):
		return []string{strayBeforeNUL}, ""
	case f.syntax == exposition.Text && commentNUL.MatchString(text):
		return []string{commentWithNUL}, ""
	}
	return nil, problem
}

// What Prometheus makes of the character NUL in these places, nobody can foresee: behind
// a backslash that is not escaped itself, and in a comment or metadata of the text format.
var (
	hiddenNUL  = regexp.MustCompile(`(^|[^\\])(\\\\)*\\\x00`)
	commentNUL = regexp.MustCompile(`(?m)^[ \t]*#.*\x00`)
)

func (f *format) compare(text string) (known []string, problem string) {
	theirs, theirErr := readTheirs([]byte(text), f.contentType)
	ours, ourErr := f.readOurs(text)
	switch {
	case ourErr != nil && theirErr != nil:
		return nil, ""
	case ourErr != nil:
		var wrong *exposition.DecodeError
		if !errors.As(ourErr, &wrong) {
			return nil, fmt.Sprintf("we fail with %v", ourErr)
		}
		lines := append(strings.SplitAfter(text, "\n"), "")
		r := &refusal{text, strings.Join(lines[:wrong.Line-1], ""), lines[wrong.Line-1], theirs}
		return ruleFor(f.stricter, wrong.Reason, r, "only we refuse it: "+ourErr.Error())
	case theirErr != nil:
		return ruleFor(f.laxer, theirErr.Error(), &refusal{text: text, read: ours}, "only Prometheus refuses it: "+theirErr.Error())
	}
	c := comparison{format: f, text: text}
	problem = c.problem(ours, theirs)
	return c.noted, problem
}

func ruleFor(rules []rule, reason string, r *refusal, problem string) (known []string, unknown string) {
	for i := range rules {
		if rules[i].reason.MatchString(reason) && (rules[i].holds == nil || rules[i].holds(r)) {
			return []string{rules[i].String()}, ""
		}
	}
	return nil, problem
}
