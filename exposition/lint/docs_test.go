package lint_test

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"polymeter.dev/exposition/lint"
)

// TestDocs keeps the page for users and the rules the same.
func TestDocs(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../docs/lint.md")
	if err != nil {
		t.Fatal(err)
	}
	got := regexp.MustCompile("(?m)^\\| `[a-z].*$").FindAllString(string(page), -1)
	var want []string
	for _, r := range lint.Rules() {
		want = append(want, fmt.Sprintf("| `%s` | %s | %s | %s | %s |", r.ID, r.Severity, r.Summary, r.Explanation, r.Fix))
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("docs/lint.md is not as the rules are (-rules +page)\n%s", diff)
	}
}

func TestRuleTexts(t *testing.T) {
	t.Parallel()
	rules := lint.Rules()
	if !slices.IsSortedFunc(rules, func(a, b lint.Rule) int { return strings.Compare(a.ID, b.ID) }) {
		t.Error("the rules are not sorted")
	}
	kebab := regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)+$`)
	for i, r := range rules {
		if i > 0 && rules[i-1].ID == r.ID {
			t.Errorf("two rules are called %s", r.ID)
		}
		if !kebab.MatchString(r.ID) {
			t.Errorf("rule ID %q", r.ID)
		}
		for _, text := range []string{r.Summary, r.Explanation, r.Fix} {
			if !strings.HasSuffix(text, ".") || strings.ContainsAny(text, "|\n") {
				t.Errorf("rule %s: text %q is no sentence for a table", r.ID, text)
			}
		}
		if got, ok := lint.RuleByID(r.ID); !ok || got != r {
			t.Errorf("RuleByID(%s) = %v, %v", r.ID, got, ok)
		}
	}
	if _, ok := lint.RuleByID("no-such-rule"); ok {
		t.Error("a rule that does not exist is found")
	}
}
