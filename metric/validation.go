package metric

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// Validation says which names are valid. Under each, a name is a non-empty
// string of valid UTF-8, and label names that start with two underscores are
// reserved for Prometheus itself
// (https://prometheus.io/docs/concepts/data_model/).
type Validation uint8

const (
	// ValidationDefault stands for the process-wide setting at the time of
	// each check; see [LegacyValidationEnabled].
	ValidationDefault Validation = iota
	// LegacyValidation admits only names that every text format can write
	// unquoted; see [IsLegacyMetricName] and [IsLegacyLabelName].
	LegacyValidation
	// UTF8Validation admits all of UTF-8.
	UTF8Validation
)

// Resolve returns LegacyValidation or UTF8Validation, whichever v means at
// this moment.
func (v Validation) Resolve() Validation {
	switch {
	case v == LegacyValidation, v == UTF8Validation:
		return v
	case LegacyValidationEnabled():
		return LegacyValidation
	default:
		return UTF8Validation
	}
}

// String returns "default", "legacy" or "utf-8".
func (v Validation) String() string {
	switch v {
	case ValidationDefault:
		return "default"
	case LegacyValidation:
		return "legacy"
	case UTF8Validation:
		return "utf-8"
	}
	return "invalid"
}

// CheckMetricName returns a [*NameError] when name is no valid metric name.
func (v Validation) CheckMetricName(name string) error { return v.check(metricName, name) }

// CheckLabelName returns a [*NameError] when name is no valid label name or is
// reserved.
func (v Validation) CheckLabelName(name string) error {
	if strings.HasPrefix(name, "__") {
		return &NameError{Kind: labelName.String(), Name: name, Reason: `starts with the reserved "__"`}
	}
	return v.check(labelName, name)
}

func (v Validation) check(kind nameKind, name string) error {
	if name == "" {
		return &NameError{Kind: kind.String(), Reason: "is empty"}
	}
	legal := kind.legacyPrefix(name)
	if legal == len(name) {
		return nil
	}
	if at := invalidUTF8(name); at >= 0 {
		reason := fmt.Sprintf("is not valid UTF-8 at byte %d", at)
		return &NameError{Kind: kind.String(), Name: name, Offset: at, Reason: reason}
	}
	if v.Resolve() == UTF8Validation {
		return nil
	}
	r, _ := utf8.DecodeRuneInString(name[legal:])
	reason := fmt.Sprintf("has %q at byte %d, which legacy validation (%s) does not allow", r, legal, kind.grammar())
	return &NameError{Kind: kind.String(), Name: name, Offset: legal, Reason: reason}
}

// NameError says why a metric or label name is not valid.
type NameError struct {
	// Kind is "metric name" or "label name".
	Kind string
	// Name is the whole name.
	Name string
	// Offset is where in Name, in bytes, the first offending character is.
	Offset int
	// Reason continues a sentence that starts with the name.
	Reason string
}

// Error names the kind, quotes the name and gives the reason.
func (e *NameError) Error() string {
	return fmt.Sprintf("metric: %s %q %s", e.Kind, e.Name, e.Reason)
}

// checkHelp reports a help text that no format can carry.
func checkHelp(family, help string) error {
	if at := invalidUTF8(help); at >= 0 {
		return fmt.Errorf("metric: help %q of family %q is not valid UTF-8 at byte %d", help, family, at)
	}
	return nil
}

// invalidUTF8 returns the offset of the first byte of s that is not part of
// valid UTF-8, or -1.
func invalidUTF8(s string) int {
	if utf8.ValidString(s) {
		return -1
	}
	for i, r := range s {
		if r != utf8.RuneError {
			continue
		}
		if _, size := utf8.DecodeRuneInString(s[i:]); size == 1 {
			return i
		}
	}
	return -1
}
