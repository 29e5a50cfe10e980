package metric

// GaugeFamily builds a gauge family for a custom collector; see [CounterFamily]
// for what all builders share.
type GaugeFamily struct{ series }

// UnknownFamily builds a family of unknown type for a custom collector; see
// [CounterFamily] for what all builders share.
type UnknownFamily struct{ series }

// ValueRow is one series of a [GaugeFamily] or [UnknownFamily]. Label values
// are given in LabelValues by position or in Labels by name.
type ValueRow struct {
	LabelValues []string
	Labels      map[string]string
	Value       float64
	// Timestamp is when the value was taken; usually absent.
	Timestamp Timestamp
}

// NewGaugeFamily returns an empty gauge family.
func NewGaugeFamily(name, help string, labelNames ...string) *GaugeFamily {
	return &GaugeFamily{newSeries(TypeGauge, name, help, labelNames)}
}

// NewUnknownFamily returns an empty family of unknown type.
func NewUnknownFamily(name, help string, labelNames ...string) *UnknownFamily {
	return &UnknownFamily{newSeries(TypeUnknown, name, help, labelNames)}
}

// Add adds a series with the given value.
func (f *GaugeFamily) Add(v float64, labelValues ...string) {
	f.AddRow(ValueRow{LabelValues: labelValues, Value: v})
}

// AddRow adds a series.
func (f *GaugeFamily) AddRow(row ValueRow) { f.addValue(row) }

// Add adds a series with the given value.
func (f *UnknownFamily) Add(v float64, labelValues ...string) {
	f.AddRow(ValueRow{LabelValues: labelValues, Value: v})
}

// AddRow adds a series.
func (f *UnknownFamily) AddRow(row ValueRow) { f.addValue(row) }

func (s *series) addValue(row ValueRow) {
	s.add(rowLabels{row.LabelValues, row.Labels}, Sample{Value: row.Value, Timestamp: row.Timestamp})
}
