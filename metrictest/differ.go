package metrictest

import (
	"fmt"
	"strings"

	"polymeter.dev/metric"
)

// maxFamilies is how many families a message tells of.
const maxFamilies = 20

// differences tells what is different, each family in a piece of its own.
func (e *expected) differences(got []*family) []string {
	var all []string
	for _, f := range e.families {
		if d := e.family(find(got, f), f); d != "" {
			all = append(all, d)
		}
	}
	for _, f := range got {
		if find(e.families, f) == nil {
			all = append(all, fmt.Sprintf("%s: not expected, but there, with %s", f.title(), seriesOf(f)))
		}
	}
	if more := len(all) - maxFamilies; more > 0 {
		all = append(all[:maxFamilies], fmt.Sprintf("… and %d more families", more))
	}
	return all
}

// seriesOf says how many series a family has, or which one.
func seriesOf(f *family) string {
	if len(f.samples) == 1 {
		return fmt.Sprintf("the series %s %s", f.samples[0].Labels, brief(f.samples[0]))
	}
	return fmt.Sprintf("%d series", len(f.samples))
}

// family tells how a family differs, or nothing.
func (e *expected) family(got, want *family) string {
	if got == nil {
		return fmt.Sprintf("%s: missing, with %s", want.title(), seriesOf(want))
	}
	found := e.metadata(got.desc, want)
	found = append(found, bySeries(got, want)...)
	if len(found) == 0 {
		return ""
	}
	return got.title() + ":" + list(found)
}

func (e *expected) metadata(got *metric.Desc, want *family) []string {
	var found []string
	if e.saysType(want) && got.Type != want.desc.Type {
		found = append(found, fmt.Sprintf("type: got %s, want %s", got.Type, want.desc.Type))
	}
	// The expected text was freed of indentation, and so of blanks at the end.
	if want.desc.Help != "" && strings.TrimSpace(got.Help) != strings.TrimSpace(want.desc.Help) {
		found = append(found, fmt.Sprintf("help: got %q, want %q", got.Help, want.desc.Help))
	}
	if want.desc.Unit != "" && got.Unit != want.desc.Unit {
		found = append(found, fmt.Sprintf("unit: got %q, want %q", got.Unit, want.desc.Unit))
	}
	return found
}

// key tells the points of a family apart: those of a series by their order.
type key struct {
	name   string // of a line that is not the main one of its family
	labels metric.Labels
	point  int
}

// String shows the series without the name of its family.
func (k key) String() string {
	if k.point > 0 {
		return fmt.Sprintf("%s%s, point %d", k.name, k.labels, k.point+1)
	}
	return k.name + k.labels.String()
}

// keys returns the keys of all samples, in their order.
func (f *family) keys() []key {
	points := map[key]int{}
	keys := make([]key, 0, len(f.samples))
	for _, s := range f.samples {
		k := key{labels: s.Labels}
		if s.Name != f.name() && s.Name != f.desc.Name && s.Name != f.desc.SampleName() {
			k.name = s.Name
		}
		points[k]++
		k.point = points[k] - 1
		keys = append(keys, k)
	}
	return keys
}

// bySeries tells which series are different, missing or not expected.
func bySeries(got, want *family) []string {
	rest := map[key]*metric.Sample{}
	gotKeys := got.keys()
	for i, k := range gotKeys {
		rest[k] = got.samples[i]
	}
	var found []string
	for i, k := range want.keys() {
		if rest[k] == nil {
			found = append(found, fmt.Sprintf("%s: missing, want %s", k, brief(want.samples[i])))
			continue
		}
		if parts := bySample(rest[k], want.samples[i]); len(parts) > 0 {
			found = append(found, indent(k.String(), parts))
		}
		delete(rest, k)
	}
	for _, k := range gotKeys {
		if s := rest[k]; s != nil {
			found = append(found, fmt.Sprintf("%s: not expected, got %s", k, brief(s)))
		}
	}
	return found
}

// indent writes one part behind its title, and several below it.
func indent(title string, parts []string) string {
	if len(parts) == 1 {
		return title + ": " + parts[0]
	}
	return title + ":" + strings.ReplaceAll(list(parts), "\n", "\n\t")
}
