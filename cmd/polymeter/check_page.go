package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"polymeter.dev/exposition"
	"polymeter.dev/exposition/lint"
	"polymeter.dev/metric"
)

// checkReport is what was found out about a page. Its fields are the JSON form.
type checkReport struct {
	Page     string         `json:"page"`
	Format   string         `json:"format,omitempty"`
	Valid    bool           `json:"valid"`
	Problems []checkProblem `json:"problems,omitempty"`
	Families int            `json:"families"`
	Series   int            `json:"series"`
	Findings []checkFinding `json:"findings,omitempty"`
	Notes    []string       `json:"notes,omitempty"`

	file bool // whether Page is the path of a file
}

// checkProblem is why a page is invalid, or cannot be read.
type checkProblem struct {
	Line    int    `json:"line,omitempty"`
	Column  int    `json:"column,omitempty"`
	Byte    *int64 `json:"byte,omitempty"` // in a format without lines
	Message string `json:"message"`

	text string // all of it, with the name of the page
}

// checkFinding is what a rule has found in a valid page.
type checkFinding struct {
	Rule     string            `json:"rule"`
	Severity lint.Severity     `json:"severity"`
	Line     int               `json:"line,omitempty"` // of the family, where that is known
	Family   string            `json:"family,omitempty"`
	Label    string            `json:"label,omitempty"`
	Series   map[string]string `json:"series,omitempty"`
	Count    int               `json:"count,omitempty"`
	Message  string            `json:"message"`
	Fix      string            `json:"fix"`

	text string // in one line, without fix
}

// page checks a page. Whatever goes wrong with it becomes part of the report.
func (c *checker) page(cmd *cobra.Command, arg string) *checkReport {
	r := &checkReport{Page: shownInput(arg), file: arg != "-" && !isURL(arg)}
	input, err := c.source.open(cmd.Context(), cmd.InOrStdin(), arg)
	if err != nil {
		r.refuse(err)
		return r
	}
	defer input.close()
	r.Page, r.Format = input.name, input.syntax.String()
	if err := c.examine(cmd.Context(), input, r); err != nil {
		r.refuse(err)
	}
	r.Valid = len(r.Problems) == 0
	if !r.Valid {
		r.Findings = nil // of half a page
	}
	return r
}

// refuse adds a reason why a page is not valid.
func (r *checkReport) refuse(err error) {
	p := checkProblem{Message: message(err), text: located(r.Page, err)}
	var decode *exposition.DecodeError
	if errors.As(err, &decode) {
		p.Line, p.Column, p.Message = decode.Line, decode.Column, decode.Problem()
		if decode.Line == 0 {
			p.Byte = &decode.Offset
		}
	}
	r.Problems = append(r.Problems, p)
}

// examine reads a page to its end or its first mistake.
func (c *checker) examine(ctx context.Context, input *pageInput, r *checkReport) error {
	linter, err := c.linter(input.syntax)
	if err != nil {
		return err
	}
	finder := newLineFinder(input.syntax)
	input.reader = io.TeeReader(input.reader, finder)
	decoder, err := input.decoder()
	if err != nil {
		return err
	}
	rules := newPageRules(input.syntax, r, finder)
	err = exposition.Decoded(decoder).Collect(ctx, func(f metric.Family) error {
		r.Families++
		valid, err := rules.family(f)
		if valid == nil {
			return err
		}
		return linter.Family(valid)
	})
	r.Series, r.Notes = linter.Series(), leftOut(decoder)
	for _, f := range linter.Findings() {
		r.Findings = append(r.Findings, newCheckFinding(&f, finder))
	}
	if n := linter.Omitted(); n > 0 {
		r.Notes = append(r.Notes, counted(n, "more finding")+" left out")
	}
	return err
}

// linter returns a linter for a page. Without lint it only counts series.
func (c *checker) linter(syntax exposition.Syntax) (*lint.Linter, error) {
	options := c.options
	options.NoUnits = syntax == exposition.Text
	if !c.lint {
		options.Enable = nil
		for _, rule := range lint.Rules() {
			options.Disable = append(options.Disable, rule.ID)
		}
	}
	return lint.New(&options)
}

func newCheckFinding(f *lint.Finding, finder *lineFinder) checkFinding {
	found := checkFinding{
		Rule: f.Rule, Severity: f.Severity, Family: f.Family, Label: f.Label,
		Count: f.Count, Message: f.Message, Fix: f.Fix, text: f.String(),
	}
	if !f.Series.IsZero() {
		found.Series = f.Series.Map()
	}
	if f.Family != "" {
		found.Line = finder.line(f.Family)
	}
	return found
}

// pageRules checks what the decoders of JSON and protobuf leave to who gets the
// families: whether names are valid, and no family or series is there twice. It
// does so by writing the page once more.
type pageRules struct {
	encoder *exposition.Encoder
	copy    metric.Snapshot
	report  *checkReport
	finder  *lineFinder
}

func newPageRules(syntax exposition.Syntax, r *checkReport, finder *lineFinder) *pageRules {
	rules := &pageRules{report: r, finder: finder}
	options := &exposition.Options{RawLimit: maxSamples}
	switch syntax {
	case exposition.JSON:
		rules.encoder = exposition.NewEncoder(io.Discard, exposition.FormatJSON(), options)
	case exposition.Protobuf:
		rules.encoder = exposition.NewEncoder(io.Discard, exposition.FormatProtobuf(), options)
	}
	return rules
}

// family checks a family and returns it, or one like it; nil when it is not
// valid.
func (p *pageRules) family(f metric.Family) (metric.Family, error) {
	if p.encoder == nil {
		return f, nil
	}
	name := f.Desc().FullName()
	err := p.copy.Load(f)
	if err == nil {
		err = p.encoder.Encode(&p.copy)
	}
	if err == nil {
		return &p.copy, nil
	}
	const enough = 100 // reasons to show why a page is not valid
	if len(p.report.Problems) == enough {
		return nil, errors.New("there is too much wrong with the page")
	}
	var refused *exposition.FamilyError
	if errors.As(err, &refused) {
		err = refused.Err
	}
	problem := checkProblem{Line: p.finder.line(name), Message: fmt.Sprintf("family %q: %s", name, message(err))}
	problem.text = place(p.report.Page, problem.Line) + ": " + problem.Message
	p.report.Problems = append(p.report.Problems, problem)
	return nil, nil
}

// place is the name of a page, with the line where that is known.
func place(page string, line int) string {
	if line == 0 {
		return page
	}
	return fmt.Sprintf("%s:%d", page, line)
}
