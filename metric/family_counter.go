package metric

// CounterFamily builds a counter family for a custom collector.
//
// Adding never fails: the family keeps its first error, and Each, and so the
// emit call that receives the family, returns it. A family must not be used
// concurrently, nor be changed before that emit call has returned; [Reset]
// makes it ready for the next time. All of this holds for the other builders
// too.
//
// [Reset]: CounterFamily.Reset
type CounterFamily struct{ series }

// CounterRow is one series of a [CounterFamily]. Label values are given in
// LabelValues by position or in Labels by name.
type CounterRow struct {
	LabelValues []string
	Labels      map[string]string
	Value       float64
	// Created is when the value was last zero; may be absent.
	Created Timestamp
	// Timestamp is when the value was taken; usually absent.
	Timestamp Timestamp
	// Exemplar may be nil.
	Exemplar *Exemplar
}

// NewCounterFamily returns an empty counter family. A _total at the end of name
// is left out of the family name and stands in the sample names in any case.
func NewCounterFamily(name, help string, labelNames ...string) *CounterFamily {
	return &CounterFamily{newSeries(TypeCounter, name, help, labelNames)}
}

// Add adds a series with the given total.
func (f *CounterFamily) Add(v float64, labelValues ...string) {
	f.AddRow(CounterRow{LabelValues: labelValues, Value: v})
}

// AddRow adds a series.
func (f *CounterFamily) AddRow(row CounterRow) {
	s := Sample{Value: row.Value, Timestamp: row.Timestamp, Start: row.Created}
	if row.Exemplar != nil {
		f.exemplar[0] = *row.Exemplar
		s.Exemplars = f.exemplar[:]
	}
	f.add(rowLabels{row.LabelValues, row.Labels}, s)
}
