package metrictest

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"testing"

	"polymeter.dev/exposition"
	"polymeter.dev/metric"
)

// Compare compares what is collected with a page written by hand, in Prometheus
// text, OpenMetrics 1.0 or OpenMetrics 2.0; which of them is found out. The page
// may be indented and have empty lines, and needs no # EOF. The order of families,
// series and labels does not matter, nor how numbers are written. Fractions may
// differ by a rounding error.
//
// Every family and series has to be there, and no other. Beyond that, only what
// the page says is compared: types, help texts, units, exemplars and their
// timestamps, start times and timestamps may be left out. Without a type, though,
// the lines of a histogram are families of their own. Text has no start times,
// exemplars and native buckets.
//
// With names, only families are compared that have one of them, as their own name
// or as that of their samples. An empty page says that there is none of them.
func Compare(t testing.TB, c metric.Collector, want string, names ...string) {
	t.Helper()
	differences, err := compare(c, want, names)
	switch {
	case err != nil:
		t.Errorf("metrictest.Compare: %v", err)
	case len(differences) > 0:
		t.Errorf("metrictest.Compare: what is collected is not what is expected:\n%s", strings.Join(differences, "\n"))
	}
}

func compare(c metric.Collector, text string, names []string) ([]string, error) {
	want, err := read(text)
	if err != nil {
		return nil, err
	}
	got, err := shown(restrict(c, names), want.format)
	if err != nil {
		return nil, err
	}
	if err := want.checkNames(got, names); err != nil {
		return nil, err
	}
	return want.differences(got), nil
}

// shown collects what a page in the format shows, which is less than what is
// collected: formats leave out what they cannot say.
func shown(c metric.Collector, format exposition.Format) ([]*family, error) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	guarded := metric.CollectorFunc(func(ctx context.Context, emit func(metric.Family) error) error {
		return collect(ctx, c, emit)
	})
	var page bytes.Buffer
	if _, err := exposition.Write(ctx, &page, guarded, format, nil); err != nil {
		return nil, fmt.Errorf("the page is not complete: %w", err)
	}
	families, err := decode(page.Bytes(), format.Syntax)
	if err != nil {
		return nil, fmt.Errorf("the page that is collected cannot be read: %w", err)
	}
	return families, nil
}

// checkNames reports an expected family that is not among the names, and would
// therefore never be found.
func (e *expected) checkNames(got []*family, names []string) error {
	if len(names) == 0 {
		return nil
	}
	for _, f := range e.families {
		if find(got, f) == nil && !matches(f.desc, names) {
			return fmt.Errorf("family %s is expected, but not among the names %q", f.name(), names)
		}
	}
	return nil
}

// find returns the family with the name of another, or nil.
func find(families []*family, other *family) *family {
	for _, f := range families {
		if f.name() == other.name() {
			return f
		}
	}
	return nil
}
