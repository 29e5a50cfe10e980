package lint

import "fmt"

// Severity says how much a finding matters.
type Severity uint8

const (
	// Info is for what may be as it should, and is worth a look.
	Info Severity = iota
	// Warning is for what will trouble whoever queries or stores the metric.
	Warning
	// Error is for what readers refuse, drop or misunderstand.
	Error
)

var severityNames = [...]string{Info: "info", Warning: "warning", Error: "error"}

// ParseSeverity returns the severity with the given name: "info", "warning" or
// "error".
func ParseSeverity(name string) (Severity, error) {
	for s, n := range severityNames {
		if n == name {
			return Severity(s), nil
		}
	}
	return Info, fmt.Errorf("lint: %q is no severity: use info, warning or error", name)
}

// String returns the name of the severity.
func (s Severity) String() string {
	if int(s) < len(severityNames) {
		return severityNames[s]
	}
	return "invalid"
}

// MarshalText returns the name of the severity.
func (s Severity) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText sets s to the severity of that name.
func (s *Severity) UnmarshalText(text []byte) error {
	parsed, err := ParseSeverity(string(text))
	if err == nil {
		*s = parsed
	}
	return err
}
