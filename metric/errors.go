package metric

import "fmt"

// CollectError says what went wrong with one family, or with a whole collector
// when Family is empty, while every other family was served.
type CollectError struct {
	// Collector names the collector, usually by its Go type.
	Collector string
	// Family is the name of the family that was lost, or "".
	Family string
	Err    error
}

// Error names the collector and the family.
func (e *CollectError) Error() string {
	if e.Family == "" {
		return fmt.Sprintf("collector %s: %v", e.Collector, e.Err)
	}
	return fmt.Sprintf("collector %s: family %q: %v", e.Collector, e.Family, e.Err)
}

// Unwrap returns Err.
func (e *CollectError) Unwrap() error { return e.Err }
