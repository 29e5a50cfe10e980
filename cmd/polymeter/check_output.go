package main

import (
	"bytes"
	"fmt"
	"io"
	"strings"

	"polymeter.dev/exposition/lint"
)

// text writes a report for people: findings and a summary to out, and why a page
// is not valid to errors.
func (r *checkReport) text(out, errors io.Writer) error {
	var b bytes.Buffer
	for i := range r.Problems {
		fmt.Fprintf(&b, "polymeter check: %s\n", printable(r.Problems[i].text))
	}
	for _, note := range r.Notes {
		fmt.Fprintf(&b, "polymeter check: %s: %s\n", r.Page, note)
	}
	if _, err := errors.Write(b.Bytes()); err != nil {
		return err
	}
	b.Reset()
	for i := range r.Findings {
		f := &r.Findings[i]
		fmt.Fprintf(&b, "%s: %s\n    %s\n", place(r.Page, f.Line), printable(f.text), printable(f.Fix))
	}
	if r.Valid {
		fmt.Fprintf(&b, "%s: valid %s, %s, %d series, %s\n", r.Page, r.Format, families(r.Families), r.Series, r.summary())
	}
	_, err := out.Write(b.Bytes())
	return err
}

func families(n int) string {
	if n == 1 {
		return "1 family"
	}
	return fmt.Sprintf("%d families", n)
}

// summary counts the findings by severity.
func (r *checkReport) summary() string {
	var counts [lint.Error + 1]int
	for i := range r.Findings {
		counts[r.Findings[i].Severity]++
	}
	var parts []string
	if n := counts[lint.Error]; n > 0 {
		parts = append(parts, counted(n, "error"))
	}
	if n := counts[lint.Warning]; n > 0 {
		parts = append(parts, counted(n, "warning"))
	}
	if n := counts[lint.Info]; n > 0 {
		parts = append(parts, fmt.Sprintf("%d of severity info", n))
	}
	if len(parts) == 0 {
		return "no findings"
	}
	return strings.Join(parts, ", ")
}

// github writes a report as annotations of a workflow
// (https://docs.github.com/actions/reference/workflow-commands-for-github-actions).
func (r *checkReport) github(w io.Writer) error {
	var b bytes.Buffer
	for i := range r.Problems {
		p := &r.Problems[i]
		text := p.Message
		if p.Byte != nil {
			text = fmt.Sprintf("byte %d: %s", *p.Byte, text)
		}
		r.annotate(&b, "error", "invalid-page", p.Line, p.Column, text)
	}
	for _, note := range r.Notes {
		r.annotate(&b, "notice", "left-out", 0, 0, note)
	}
	for i := range r.Findings {
		f := &r.Findings[i]
		text := strings.TrimPrefix(f.text, f.Severity.String()+": ")
		text = strings.TrimSuffix(text, " ["+f.Rule+"]")
		r.annotate(&b, annotation[f.Severity], f.Rule, f.Line, 0, text+"\n"+f.Fix)
	}
	_, err := w.Write(b.Bytes())
	return err
}

// annotation has GitHub's names for the severities.
var annotation = [...]string{lint.Info: "notice", lint.Warning: "warning", lint.Error: "error"}

// annotate writes one annotation. A page that is no file is named in the text.
func (r *checkReport) annotate(b *bytes.Buffer, command, title string, line, column int, text string) {
	fmt.Fprintf(b, "::%s ", command)
	if r.file {
		fmt.Fprintf(b, "file=%s,", inProperty.Replace(r.Page))
	} else {
		text = r.Page + ": " + text
	}
	if line > 0 {
		fmt.Fprintf(b, "line=%d,", line)
	}
	if column > 0 {
		fmt.Fprintf(b, "col=%d,", column)
	}
	fmt.Fprintf(b, "title=%s::%s\n", inProperty.Replace(title), inText.Replace(text))
}

// What workflow commands want escaped.
var (
	inText     = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	inProperty = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")
)

// writeRules lists the rules.
func writeRules(w io.Writer, asJSON bool) error {
	var b bytes.Buffer
	for _, rule := range lint.Rules() {
		if !asJSON {
			fmt.Fprintf(&b, "%-24s  %-7s  %s\n", rule.ID, rule.Severity, rule.Summary)
			continue
		}
		err := writeObject(&b, struct {
			ID          string        `json:"id"`
			Severity    lint.Severity `json:"severity"`
			Summary     string        `json:"summary"`
			Explanation string        `json:"explanation"`
			Fix         string        `json:"fix"`
		}{rule.ID, rule.Severity, rule.Summary, rule.Explanation, rule.Fix})
		if err != nil {
			return err
		}
	}
	_, err := w.Write(b.Bytes())
	return err
}
