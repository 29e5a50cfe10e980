package lint

import (
	"fmt"
	"strings"

	"polymeter.dev/metric"
)

// Finding is what a rule found in one family, or on the page.
type Finding struct {
	// Rule is the ID of the rule.
	Rule     string
	Severity Severity
	// Family is the name of the family as pages without OpenMetrics' rules for
	// suffixes show it ([metric.Desc.FullName]); "" when the page is meant.
	Family string
	// Label is the name of the label that is meant, if it is one.
	Label string
	// Series has the labels of the first series concerned, as far as series
	// are.
	Series metric.Labels
	// Count is how many samples, or values of the label, are concerned; 0
	// when it is the family itself or the page. Of labels with more values
	// than the threshold only the first values count.
	Count int
	// Message says what was found, without the name of the family.
	Message string
	// Fix says what to do about it.
	Fix string
}

// String returns the finding as one line, without the fix.
func (f *Finding) String() string {
	var b strings.Builder
	b.WriteString(f.Severity.String())
	b.WriteString(": ")
	if f.Family != "" {
		b.WriteString(f.Family)
		if !f.Series.IsZero() {
			b.WriteString(f.Series.String())
		}
		b.WriteString(": ")
	}
	b.WriteString(f.Message)
	if f.Count > 1 {
		fmt.Fprintf(&b, " (and %d more)", f.Count-1)
	}
	fmt.Fprintf(&b, " [%s]", f.Rule)
	return b.String()
}

// FamilySize is how many series a family has, each bucket and quantile being
// one.
type FamilySize struct {
	Family string
	Series int
}
