package lint

import (
	"cmp"
	"slices"
)

// Rule is one thing that a [Linter] looks for.
type Rule struct {
	// ID names the rule for good, in lower case with hyphens.
	ID string
	// Severity is that of the rule's findings, unless [Options] change it.
	Severity Severity
	// Summary says what is found.
	Summary string
	// Explanation says, in one sentence, why that is bad.
	Explanation string
	// Fix says what to do about it.
	Fix string
}

// Rules returns all rules, sorted by their IDs. The result is the caller's.
func Rules() []Rule {
	rules := make([]Rule, 0, len(everyRule))
	for _, r := range everyRule {
		rules = append(rules, *r)
	}
	slices.SortFunc(rules, func(a, b Rule) int { return cmp.Compare(a.ID, b.ID) })
	return rules
}

// RuleByID returns the rule with the given ID, if there is one.
func RuleByID(id string) (Rule, bool) {
	if r := find(id); r != nil {
		return *r, true
	}
	return Rule{}, false
}

func find(id string) *Rule {
	for _, r := range everyRule {
		if r.ID == id {
			return r
		}
	}
	return nil
}

// everyRule has the rules in no order that matters.
var everyRule = slices.Concat(nameRules, unitRules, labelRules, histogramRules, sampleRules, pageRules)
