package collectors

import (
	"strings"

	"polymeter.dev/metric"
)

// scalar is a family of one sample without labels.
type scalar struct {
	desc   *metric.Desc
	sample metric.Sample
}

// newScalar takes the name as it is shown: that of a counter has its _total.
func newScalar(t metric.Type, name, help string) *scalar {
	return &scalar{desc: describe(t, name, help), sample: metric.Sample{Name: name}}
}

// Desc implements [metric.Family].
func (s *scalar) Desc() *metric.Desc { return s.desc }

// Each implements [metric.Family].
func (s *scalar) Each(visit func(*metric.Sample) error) error { return visit(&s.sample) }

// describe declares a family without labels.
func describe(t metric.Type, name, help string) *metric.Desc {
	name = metric.StripSuffix(t, name)
	return &metric.Desc{Name: name, Help: help, Unit: baseUnit(name), Type: t, LabelNames: []string{}}
}

// baseUnit finds the base unit that a family name ends in.
func baseUnit(name string) string {
	for _, unit := range []string{"bytes", "seconds"} {
		if strings.HasSuffix(name, "_"+unit) {
			return unit
		}
	}
	return ""
}
