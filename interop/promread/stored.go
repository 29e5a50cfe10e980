package promread

import (
	"math"
	"testing"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/value"
	"github.com/prometheus/prometheus/tsdb/chunkenc"
	"github.com/prometheus/prometheus/util/teststorage"
)

// Job is the value of the label "job" of all series that [Samples] and [Exemplars] look
// at.
const Job = "job"

// Sample is one sample in a storage.
type Sample struct {
	Labels map[string]string
	// MS is its time, in milliseconds since the Unix epoch.
	MS int64
	// Stale says that it marks the end of the series.
	Stale bool
	// Point has no exemplars.
	Point
}

// Samples returns all samples of the job, those of a series in order.
func Samples(t testing.TB, storage *teststorage.TestStorage) []Sample {
	t.Helper()
	querier, err := storage.Querier(math.MinInt64, math.MaxInt64)
	if err != nil {
		t.Fatal(err)
	}
	defer querier.Close()
	set := querier.Select(t.Context(), true, nil, ofJob())
	var samples []Sample
	for set.Next() {
		iterator := set.At().Iterator(nil)
		for typ := iterator.Next(); typ != chunkenc.ValNone; typ = iterator.Next() {
			s := Sample{Labels: set.At().Labels().Map()}
			if typ == chunkenc.ValFloat {
				ms, v := iterator.At()
				s.MS, s.Value, s.Stale = ms, Text(v), value.IsStaleNaN(v)
			} else {
				ms, h := iterator.AtFloatHistogram(nil)
				s.MS, s.Value, s.Stale = ms, h.TestExpression(), value.IsStaleNaN(h.Sum)
			}
			s.Start = iterator.AtST()
			samples = append(samples, s)
		}
		if err := iterator.Err(); err != nil {
			t.Fatal(err)
		}
	}
	if err := set.Err(); err != nil {
		t.Fatal(err)
	}
	return samples
}

// Exemplars returns all exemplars of the job by the labels of their series.
func Exemplars(t testing.TB, storage *teststorage.TestStorage) map[string][]string {
	t.Helper()
	querier, err := storage.ExemplarQuerier(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	results, err := querier.Select(0, math.MaxInt64, []*labels.Matcher{ofJob()})
	if err != nil {
		t.Fatal(err)
	}
	exemplars := map[string][]string{}
	for _, r := range results {
		for _, e := range r.Exemplars {
			key := Key(r.SeriesLabels.Map(), nil)
			exemplars[key] = append(exemplars[key], ExemplarText(e.Labels.Map(), e.Value, e.Ts))
		}
	}
	return exemplars
}

func ofJob() *labels.Matcher { return labels.MustNewMatcher(labels.MatchEqual, "job", Job) }
