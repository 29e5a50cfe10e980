package scrape_test

import (
	"math"
	"strings"
	"testing"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/value"
	"github.com/prometheus/prometheus/tsdb/chunkenc"
	"github.com/prometheus/prometheus/util/teststorage"

	"polymeter.dev/interop/promread"
)

// sampleAt is one stored sample.
type sampleAt struct {
	labels map[string]string
	ms     int64
	promread.Point
}

// stored returns all that the scrape stored. A sample that has the time of the
// scrape is one without a timestamp.
func stored(t *testing.T, storage *teststorage.TestStorage) promread.Page {
	t.Helper()
	var samples []sampleAt
	var scraped int64
	for _, s := range series(t, storage) {
		name := s.labels[model.MetricNameLabel]
		if name == "up" {
			scraped = s.ms
			if s.Value != "1" {
				t.Fatal("the scrape failed")
			}
		}
		samples = append(samples, s)
	}
	exemplars := storedExemplars(t, storage)
	page := promread.NewPage()
	for _, s := range samples {
		if name := s.labels[model.MetricNameLabel]; name == "up" || strings.HasPrefix(name, "scrape_") {
			continue
		}
		s.Exemplars = exemplars[labels.FromMap(s.labels).String()]
		delete(s.labels, "job")
		delete(s.labels, "instance")
		ms := &s.ms
		if s.ms == scraped {
			ms = nil
		}
		page.Points[promread.Key(s.labels, ms)] = s.Point
	}
	return page
}

// series returns all samples of the job.
func series(t *testing.T, storage *teststorage.TestStorage) []sampleAt {
	t.Helper()
	querier, err := storage.Querier(math.MinInt64, math.MaxInt64)
	if err != nil {
		t.Fatal(err)
	}
	defer querier.Close()
	set := querier.Select(t.Context(), true, nil, labels.MustNewMatcher(labels.MatchEqual, "job", "job"))
	var samples []sampleAt
	for set.Next() {
		iterator := set.At().Iterator(nil)
		for typ := iterator.Next(); typ != chunkenc.ValNone; typ = iterator.Next() {
			s := sampleAt{labels: set.At().Labels().Map()}
			switch typ {
			case chunkenc.ValFloat:
				ms, v := iterator.At()
				if value.IsStaleNaN(v) {
					continue
				}
				s.ms, s.Value = ms, promread.Text(v)
			default:
				ms, h := iterator.AtFloatHistogram(nil)
				s.ms, s.Value = ms, h.TestExpression()
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

// storedExemplars returns all exemplars by series.
func storedExemplars(t *testing.T, storage *teststorage.TestStorage) map[string][]string {
	t.Helper()
	querier, err := storage.ExemplarQuerier(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	results, err := querier.Select(0, math.MaxInt64, []*labels.Matcher{labels.MustNewMatcher(labels.MatchEqual, "job", "job")})
	if err != nil {
		t.Fatal(err)
	}
	exemplars := map[string][]string{}
	for _, r := range results {
		for _, e := range r.Exemplars {
			key := r.SeriesLabels.String()
			exemplars[key] = append(exemplars[key], promread.ExemplarText(e.Labels.Map(), e.Value, e.Ts))
		}
	}
	return exemplars
}
