package metrictest

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"

	"polymeter.dev/exposition"
	"polymeter.dev/metric"
)

// formats are all that a page may be asked for in.
var formats = []struct {
	name   string
	format exposition.Format
}{
	{"text 0.0.4", exposition.FormatText()},
	{"text 1.0.0", exposition.FormatText100()},
	{"openmetrics 1.0", exposition.FormatOpenMetrics()},
	{"openmetrics 2.0", exposition.FormatOpenMetrics2()},
	{"protobuf", exposition.FormatProtobuf()},
	{"json", exposition.FormatJSON()},
}

// pages writes what was collected first in every format, and reads it again.
func (k *kit) pages() []string {
	var problems []string
	for _, f := range formats {
		for _, err := range k.page(f.format) {
			problems = append(problems, fmt.Sprintf("%s: %v", f.name, err))
		}
	}
	return problems
}

func (k *kit) page(format exposition.Format) []error {
	var page bytes.Buffer
	encoder := exposition.NewEncoder(&page, format, nil)
	var errs []error
	for _, f := range k.families {
		if f.Validate(metric.ValidationDefault) != nil {
			continue // which was reported
		}
		if err := encoder.Encode(f); err != nil {
			errs = append(errs, err)
		}
	}
	return append(errs, notNil(encoder.Close(), readable(&page, format.Syntax))...)
}

func notNil(errs ...error) []error {
	return slices.DeleteFunc(errs, func(err error) bool { return err == nil })
}

// readable reads a page to its end.
func readable(page io.Reader, syntax exposition.Syntax) error {
	decoder, err := exposition.NewDecoder(page, syntax, nil)
	for err == nil {
		_, err = decoder.Next()
	}
	if errors.Is(err, io.EOF) {
		return nil
	}
	return fmt.Errorf("the page cannot be read: %w", err)
}

// describes compares the descriptions with what was collected first.
func (k *kit) describes() []string {
	describer, ok := k.collector.(metric.Describer)
	if !ok {
		return nil
	}
	var descs []*metric.Desc
	if err := guard(func() error { descs = describer.Describe(); return nil }); err != nil {
		return []string{fmt.Sprintf("Describe: %v", err)}
	}
	var problems []string
	described := map[string]*metric.Desc{}
	for _, d := range descs {
		switch {
		case d == nil:
			problems = append(problems, "a description is nil")
			continue
		case described[d.Name] != nil:
			problems = append(problems, fmt.Sprintf("family %q is described twice", d.Name))
		}
		if err := d.Validate(metric.ValidationDefault); err != nil {
			problems = append(problems, err.Error())
		}
		described[d.Name] = d
	}
	for _, f := range k.families {
		if problem := undescribed(described[f.Desc().Name], f.Desc()); problem != "" {
			problems = append(problems, problem)
		}
	}
	return problems
}

// undescribed tells how a family is not as it is described.
func undescribed(described, d *metric.Desc) string {
	switch {
	case described == nil:
		return fmt.Sprintf("family %q is collected, but not described", d.Name)
	case described.Type != d.Type || described.Unit != d.Unit:
		return fmt.Sprintf("family %q is described as %s, and collected as %s", d.Name, typeOf(described), typeOf(d))
	case described.Help != d.Help:
		return fmt.Sprintf("family %q is described as %q, and collected as %q", d.Name, described.Help, d.Help)
	}
	return ""
}

// restricts narrows the collector down to single families, and to none.
func (k *kit) restricts() []string {
	const most = 10
	restricter, ok := k.collector.(metric.Restricter)
	if !ok {
		return nil
	}
	names := []string{"metrictest_no_such_family"}
	for _, f := range k.families[:min(most, len(k.families))] {
		names = append(names, f.Desc().FullName())
	}
	var problems []string
	for _, name := range names {
		problem, stuck := k.restricted(restricter, name)
		if problem != "" {
			problems = append(problems, fmt.Sprintf("to %q: %s", name, problem))
		}
		if k.stuck = stuck; stuck {
			break
		}
	}
	return problems
}

func (k *kit) restricted(restricter metric.Restricter, name string) (problem string, stuck bool) {
	narrow := &kit{}
	err := guard(func() error { narrow.collector = restricter.Restrict([]string{name}); return nil })
	if err != nil || narrow.collector == nil {
		return fmt.Sprintf("Restrict gives no collector: %v", err), false
	}
	if problems := narrow.collects(); len(problems) > 0 {
		return problems[0], narrow.stuck
	}
	got, want := narrow.names(), k.names(name)
	if !slices.Equal(got, want) {
		return fmt.Sprintf("collected the families %q, want %q", got, want), narrow.stuck
	}
	return "", narrow.stuck
}

// names returns the names of the families that have the name, or of all.
func (k *kit) names(restriction ...string) []string {
	var names []string
	for _, f := range k.families {
		if len(restriction) == 0 || matches(f.Desc(), restriction) {
			names = append(names, f.Desc().Name)
		}
	}
	return names
}
