package metric

// SummaryFamily builds a summary family for a custom collector; see
// [CounterFamily] for what all builders share.
type SummaryFamily struct{ series }

// SummaryRow is one series of a [SummaryFamily]. Label values are given in
// LabelValues by position or in Labels by name.
type SummaryRow struct {
	LabelValues []string
	Labels      map[string]string
	Count       float64
	Sum         float64
	// Quantiles may be empty.
	Quantiles []Quantile
	// Created is when the count was last zero; may be absent.
	Created Timestamp
	// Timestamp is when the value was taken; usually absent.
	Timestamp Timestamp
}

// NewSummaryFamily returns an empty summary family.
func NewSummaryFamily(name, help string, labelNames ...string) *SummaryFamily {
	return &SummaryFamily{newSeries(TypeSummary, name, help, labelNames)}
}

// Add adds a series with the number and the sum of its observations.
func (f *SummaryFamily) Add(count, sum float64, labelValues ...string) {
	f.addSummary(rowLabels{values: labelValues}, SummaryRow{Count: count, Sum: sum})
}

// AddRow adds a series.
func (f *SummaryFamily) AddRow(row SummaryRow) {
	f.addSummary(rowLabels{row.LabelValues, row.Labels}, row)
}

func (f *SummaryFamily) addSummary(labels rowLabels, row SummaryRow) {
	if f.Err() != nil {
		return
	}
	f.summary = Summary{Count: row.Count, Sum: row.Sum, Quantiles: row.Quantiles}
	if err := f.summary.Validate(); err != nil {
		f.fail(err)
		return
	}
	f.add(labels, Sample{
		Timestamp: row.Timestamp,
		Start:     row.Created,
		Summary:   &f.summary,
	})
}
