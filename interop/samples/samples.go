// Package samples is the neutral ground on which pages of different programs
// meet: plain sets of samples, and how two of them differ.
package samples

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
)

// Set is the samples of a page by series; see [Key].
type Set map[string]float64

// Key writes a series so that equal ones are equal strings. A bound is written
// as the number it is, since "1e+06" and "1000000.0" are the same bucket.
func Key(name string, labels map[string]string) string {
	if bound, ok := labels["le"]; ok {
		if f, err := strconv.ParseFloat(bound, 64); err == nil {
			labels = maps.Clone(labels)
			labels["le"] = strconv.FormatFloat(f, 'g', -1, 64)
		}
	}
	// JSON sorts the names and quotes whatever is in the values.
	text, err := json.Marshal(labels)
	if err != nil || len(labels) == 0 {
		return name + "{}"
	}
	return name + string(text)
}

// Exact tells whether two values are the same: equal bits, or both NaN.
func Exact(a, b float64) bool {
	return math.Float64bits(a) == math.Float64bits(b) || math.IsNaN(a) && math.IsNaN(b)
}

// Within returns a comparison that allows for sums of the same numbers in
// another order: a relative difference of at most that much.
func Within(relative float64) func(a, b float64) bool {
	return func(a, b float64) bool {
		if Exact(a, b) {
			return true
		}
		return math.Abs(a-b) <= relative*max(math.Abs(a), math.Abs(b))
	}
}

// Diff says, series by series in order, what is missing from got, what is in
// excess there, and which values are not the same. It is empty when nothing is.
func Diff(want, got Set, same func(a, b float64) bool) []string {
	var lines []string
	for _, key := range slices.Sorted(maps.Keys(want)) {
		value, ok := got[key]
		switch {
		case !ok:
			lines = append(lines, fmt.Sprintf("missing %s = %v", key, want[key]))
		case !same(want[key], value):
			lines = append(lines, fmt.Sprintf("differs %s = %v, want %v", key, value, want[key]))
		}
	}
	for _, key := range slices.Sorted(maps.Keys(got)) {
		if _, ok := want[key]; !ok {
			lines = append(lines, fmt.Sprintf("excess  %s = %v", key, got[key]))
		}
	}
	return lines
}
