package metrictest

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"polymeter.dev/exposition"
	"polymeter.dev/metric"
)

// expected is what a test writes by hand.
type expected struct {
	families []*family
	format   exposition.Format
	// typed says of which families, by the names they are written with, there
	// is a line with the type.
	typed map[string]bool
}

// read reads the expected text. It may be indented and have empty lines, and need
// not say that it ends, so that it looks well in the source of a test.
func read(text string) (*expected, error) {
	lines := trimmed(text)
	page := lines.page()
	e := &expected{typed: lines.typed()}
	switch syntax := exposition.Detect(page); syntax {
	case exposition.Text:
		e.format = exposition.FormatText100()
	case exposition.OpenMetrics:
		e.format = exposition.FormatOpenMetrics()
	case exposition.OpenMetrics2:
		e.format = exposition.FormatOpenMetrics2()
	default:
		return nil, fmt.Errorf("the expected text looks like %s; it has to be Prometheus text or OpenMetrics", syntax)
	}
	var err error
	if e.families, err = decode(page, e.format.Syntax); err != nil {
		return nil, lines.locate(err)
	}
	return e, nil
}

// lines are those of a page without what only makes it look well.
type lines []string

func trimmed(text string) lines {
	var kept lines
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" {
			kept = append(kept, line)
		}
	}
	return kept
}

const endOfPage = "# EOF"

// page returns a complete page. One without any sign of OpenMetrics is Prometheus
// text.
func (l lines) page() []byte {
	var b bytes.Buffer
	for _, line := range l {
		b.WriteString(line + "\n")
	}
	open := exposition.Detect(b.Bytes()) != exposition.Text || l.addsTotal()
	if open && l[len(l)-1] != endOfPage {
		b.WriteString(endOfPage + "\n")
	}
	return b.Bytes()
}

// addsTotal reports whether there is a counter of which the samples have a _total
// and the family has not, as in OpenMetrics 1.0 only.
func (l lines) addsTotal() bool {
	return slices.ContainsFunc(l, func(line string) bool {
		rest, isType := strings.CutPrefix(line, "# TYPE ")
		name, isCounter := strings.CutSuffix(rest, " counter")
		name = strings.TrimSuffix(name, `"`)
		return isType && isCounter && slices.ContainsFunc(l, func(sample string) bool {
			return strings.HasPrefix(strings.TrimPrefix(sample, "{"), name+"_total")
		})
	})
}

func (l lines) typed() map[string]bool {
	typed := map[string]bool{}
	for _, line := range l {
		if rest, found := strings.CutPrefix(line, "# TYPE "); found {
			typed[rest[:max(0, strings.LastIndexByte(rest, ' '))]] = true
		}
	}
	return typed
}

// locate shows the line in which a page is wrong: its number says little about a
// text in the middle of a file.
func (l lines) locate(err error) error {
	var wrong *exposition.DecodeError
	if !errors.As(err, &wrong) || wrong.Line < 1 || wrong.Line > len(l) {
		return fmt.Errorf("the expected text is not valid: %w", err)
	}
	return fmt.Errorf("the expected text is not valid: %s, in the line\n\t%s", wrong.Problem(), l[wrong.Line-1])
}

// decode reads a page into families in composite form.
func decode(page []byte, syntax exposition.Syntax) ([]*family, error) {
	decoder, err := exposition.NewDecoder(bytes.NewReader(page), syntax, nil)
	if err != nil {
		return nil, err
	}
	var families []*family
	for {
		f, err := decoder.Next()
		if errors.Is(err, io.EOF) {
			return families, droppedBy(decoder)
		}
		if err != nil {
			return nil, err
		}
		kept, err := keep(f)
		if err != nil {
			return nil, err
		}
		families = append(families, kept)
	}
}

// droppedBy reports what a decoder left out, which would not be compared.
func droppedBy(d exposition.Decoder) error {
	two, ok := d.(*exposition.OpenMetrics2Decoder)
	if !ok {
		return nil
	}
	if n := two.DroppedExemplars(); n > 0 {
		return fmt.Errorf("%d exemplars are malformed, misplaced or without a timestamp, which OpenMetrics 2.0 asks for", n)
	}
	if n := two.DroppedUnits(); n > 0 {
		return fmt.Errorf("%d units are not the suffix of their family's name", n)
	}
	return nil
}

// saysType reports whether the type of a family is written down, rather than
// unknown for want of a line that has it.
func (e *expected) saysType(f *family) bool {
	return f.desc.Type != metric.TypeUnknown || e.typed[metric.QuoteMetricName(f.name())]
}
