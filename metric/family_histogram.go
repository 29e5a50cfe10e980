package metric

import (
	"fmt"
	"math"
	"strconv"
)

// HistogramFamily builds a histogram family for a custom collector; see
// [CounterFamily] for what all builders share.
type HistogramFamily struct{ series }

// HistogramRow is one series of a [HistogramFamily]. Label values are given in
// LabelValues by position or in Labels by name.
type HistogramRow struct {
	LabelValues []string
	Labels      map[string]string
	// Buckets are the classic buckets, cumulative, ascending by bound, the
	// last one with the bound +Inf: its value is the number of observations.
	// They may be left out next to Native.
	Buckets []Bucket
	// Sum is the sum of all observations; that of Native counts where both
	// are given.
	Sum float64
	// NoSum says that the sum is not known. Text formats then show neither
	// sum nor count.
	NoSum bool
	// Native holds native buckets; may be nil.
	Native *NativeHistogram
	// Exemplars belong to the buckets in which their values lie.
	Exemplars []Exemplar
	// Created is when the count was last zero; may be absent.
	Created Timestamp
	// Timestamp is when the value was taken; usually absent.
	Timestamp Timestamp
}

// NewHistogramFamily returns an empty histogram family.
func NewHistogramFamily(name, help string, labelNames ...string) *HistogramFamily {
	return &HistogramFamily{newSeries(TypeHistogram, name, help, labelNames)}
}

// Add adds a series with classic buckets and the sum of its observations.
// [ParseBuckets] makes buckets out of text.
func (f *HistogramFamily) Add(buckets []Bucket, sum float64, labelValues ...string) {
	f.addHistogram(rowLabels{values: labelValues}, HistogramRow{Buckets: buckets, Sum: sum})
}

// AddRow adds a series.
func (f *HistogramFamily) AddRow(row HistogramRow) {
	f.addHistogram(rowLabels{row.LabelValues, row.Labels}, row)
}

// GaugeHistogramFamily builds a gauge histogram family, whose counts may go
// down, for a custom collector; see [CounterFamily] for what all builders
// share.
type GaugeHistogramFamily struct{ series }

// GaugeHistogramRow is one series of a [GaugeHistogramFamily]. Its fields mean
// what those of [HistogramRow] do; a gauge histogram has no creation time.
type GaugeHistogramRow struct {
	LabelValues []string
	Labels      map[string]string
	Buckets     []Bucket
	GSum        float64
	NoGSum      bool
	Native      *NativeHistogram
	Exemplars   []Exemplar
	Timestamp   Timestamp
}

// NewGaugeHistogramFamily returns an empty gauge histogram family.
func NewGaugeHistogramFamily(name, help string, labelNames ...string) *GaugeHistogramFamily {
	return &GaugeHistogramFamily{newSeries(TypeGaugeHistogram, name, help, labelNames)}
}

// Add adds a series with classic buckets and the sum of its values.
func (f *GaugeHistogramFamily) Add(buckets []Bucket, gsum float64, labelValues ...string) {
	f.addHistogram(rowLabels{values: labelValues}, HistogramRow{Buckets: buckets, Sum: gsum})
}

// AddRow adds a series.
func (f *GaugeHistogramFamily) AddRow(row GaugeHistogramRow) {
	f.addHistogram(rowLabels{row.LabelValues, row.Labels}, HistogramRow{
		Buckets:   row.Buckets,
		Sum:       row.GSum,
		NoSum:     row.NoGSum,
		Native:    row.Native,
		Exemplars: row.Exemplars,
		Timestamp: row.Timestamp,
	})
}

func (s *series) addHistogram(labels rowLabels, row HistogramRow) {
	if s.Err() != nil {
		return
	}
	h := &s.histogram
	*h = Histogram{Sum: row.Sum, NoSum: row.NoSum, Buckets: row.Buckets, Native: row.Native}
	if row.Native != nil {
		h.Count, h.Sum = row.Native.Count, row.Native.Sum
	} else if n := len(row.Buckets); n > 0 {
		h.Count = row.Buckets[n-1].Count
	}
	if err := h.Validate(); err != nil {
		s.fail(err)
		return
	}
	s.add(labels, Sample{
		Timestamp: row.Timestamp,
		Start:     row.Created,
		Exemplars: row.Exemplars,
		Histogram: h,
	})
}

// ParseBuckets returns the buckets with the given upper bounds, which are
// numbers as text, such as "0.25" and "+Inf", and the given cumulative counts.
func ParseBuckets(bounds []string, counts []float64) ([]Bucket, error) {
	if len(bounds) != len(counts) {
		return nil, fmt.Errorf("metric: %d bucket bounds %q for %d counts", len(bounds), bounds, len(counts))
	}
	buckets := make([]Bucket, len(bounds))
	for i, text := range bounds {
		bound, err := parseBound(text)
		if err != nil {
			return nil, err
		}
		buckets[i] = Bucket{UpperBound: bound, Count: counts[i]}
	}
	return buckets, nil
}

// parseBound reads the value of an le or quantile label.
func parseBound(text string) (float64, error) {
	bound, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsNaN(bound) {
		return 0, fmt.Errorf("metric: bound %q is not a number", text)
	}
	return bound, nil
}
