package metrictest

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"polymeter.dev/metric"
)

// maxShown is how many series, or names, a message lists.
const maxShown = 10

// list writes items one to a line, and how many there are more than it shows.
func list(items []string) string {
	var b strings.Builder
	for _, item := range items[:min(len(items), maxShown)] {
		b.WriteString("\n\t" + item)
	}
	if more := len(items) - maxShown; more > 0 {
		fmt.Fprintf(&b, "\n\t… and %d more", more)
	}
	return b.String()
}

// noSeries says what is there instead of a line of a page.
func noSeries(c metric.Collector, families []*family, name string, labels metric.Labels) error {
	var series, names []string
	for _, f := range families {
		for _, s := range f.lines() {
			if s.Name == name {
				series = append(series, fmt.Sprintf("%s%s %s", s.Name, s.Labels, number(s.Value)))
			}
			if !slices.Contains(names, s.Name) {
				names = append(names, s.Name)
			}
		}
	}
	switch {
	case len(series) > 0:
		return fmt.Errorf("no series %s%s; there are:%s", name, labels, list(series))
	case len(names) > 0:
		return fmt.Errorf("no series is called %s; those of the family are called:%s", name, list(names))
	}
	return noFamily(c, families, name)
}

// noSample says what is there instead of a series in composite form.
func noSample(c metric.Collector, families []*family, name string, labels metric.Labels) error {
	var series []string
	for _, f := range families {
		for _, s := range f.samples {
			series = append(series, fmt.Sprintf("%s%s %s", f.name(), s.Labels, brief(s)))
		}
	}
	if len(series) > 0 {
		return fmt.Errorf("no series %s%s; there are:%s", name, labels, list(series))
	}
	return noFamily(c, families, name)
}

// noFamily says which families there are, those with a similar name first.
func noFamily(c metric.Collector, families []*family, name string) error {
	if len(families) > 0 {
		return fmt.Errorf("family %s has no series yet", families[0].name())
	}
	all, err := gather(c, nil)
	if err != nil {
		return err
	}
	if len(all) == 0 {
		return errors.New("nothing is collected")
	}
	var names []string
	for _, f := range all {
		names = append(names, f.name())
	}
	slices.SortStableFunc(names, func(a, b string) int { return common(b, name) - common(a, name) })
	return fmt.Errorf("no family has the name %s; there are:%s", name, list(names))
}

// common returns how many bytes two names have in common at the beginning.
func common(a, b string) int {
	n := 0
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	return n
}
