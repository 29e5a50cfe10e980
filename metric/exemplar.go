package metric

import (
	"fmt"
	"math"
	"unicode/utf8"
)

// MaxExemplarRunes is how many Unicode code points the label names and values
// of one exemplar may have together in OpenMetrics 1.0
// (section "Exemplars").
const MaxExemplarRunes = 128

// Exemplar links a sample to something outside the metrics, usually a trace:
// Labels name it, Value is the observation it stands for, and Timestamp, which
// may be absent, is when it was made.
type Exemplar struct {
	Labels    Labels
	Value     float64
	Timestamp Timestamp
}

// Validate reports what OpenMetrics 1.0 forbids in an exemplar: labels of more
// than [MaxExemplarRunes] code points together. OpenMetrics 2.0 has no such
// limit but asks for a timestamp; its encoder checks that itself.
func (e *Exemplar) Validate() error {
	runes := 0
	for name, value := range e.Labels.All() {
		runes += utf8.RuneCountInString(name) + utf8.RuneCountInString(value)
	}
	if runes > MaxExemplarRunes {
		return fmt.Errorf("metric: exemplar labels {%s} have %d code points, more than %d", e.Labels.Text(), runes, MaxExemplarRunes)
	}
	return nil
}

// NewestExemplar returns the most recent of the exemplars whose value v lies
// in lower < v <= upper, or nil when there is none. It is how an exemplar
// finds its bucket: by its value alone.
func NewestExemplar(exemplars []Exemplar, lower, upper float64) *Exemplar {
	var newest *Exemplar
	for i := range exemplars {
		e := &exemplars[i]
		if math.IsNaN(e.Value) || e.Value > upper || (e.Value <= lower && !math.IsInf(lower, -1)) {
			continue
		}
		if newest == nil || !e.Timestamp.Before(newest.Timestamp) {
			newest = e
		}
	}
	return newest
}
