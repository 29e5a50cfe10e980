package metric

// Type is the type of a metric family, one of the eight that OpenMetrics
// knows.
type Type uint8

// The family types. The zero value is TypeUnknown, which the Prometheus text
// format calls "untyped".
const (
	TypeUnknown Type = iota
	TypeCounter
	TypeGauge
	TypeSummary
	TypeHistogram
	TypeGaugeHistogram
	TypeInfo
	TypeStateSet
)

var typeNames = [...]string{
	TypeUnknown:        "unknown",
	TypeCounter:        "counter",
	TypeGauge:          "gauge",
	TypeSummary:        "summary",
	TypeHistogram:      "histogram",
	TypeGaugeHistogram: "gaugehistogram",
	TypeInfo:           "info",
	TypeStateSet:       "stateset",
}

// String returns the OpenMetrics name of the type, such as "gaugehistogram".
func (t Type) String() string {
	if int(t) < len(typeNames) {
		return typeNames[t]
	}
	return "invalid"
}

// ParseType returns the type with the given OpenMetrics name. "untyped", the
// name of the Prometheus text format for unknown, is accepted as well.
func ParseType(name string) (Type, bool) {
	if name == "untyped" {
		return TypeUnknown, true
	}
	for t, n := range typeNames {
		if n == name {
			return Type(t), true
		}
	}
	return TypeUnknown, false
}

// Composite reports whether samples of the type may carry a [Histogram] or a
// [Summary] instead of a single value.
func (t Type) Composite() bool {
	return t == TypeHistogram || t == TypeGaugeHistogram || t == TypeSummary
}
