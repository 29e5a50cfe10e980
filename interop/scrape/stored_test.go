package scrape_test

import (
	"strings"
	"testing"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/util/teststorage"

	"polymeter.dev/interop/promread"
)

// stored returns all that the scrape stored. A sample that has the time of the
// scrape is one without a timestamp.
func stored(t *testing.T, storage *teststorage.TestStorage) promread.Page {
	t.Helper()
	samples := promread.Samples(t, storage)
	var scraped int64
	for _, s := range samples {
		if s.Labels[model.MetricNameLabel] != "up" || s.Stale {
			continue
		}
		scraped = s.MS
		if s.Value != "1" {
			t.Fatal("the scrape failed")
		}
	}
	exemplars := promread.Exemplars(t, storage)
	page := promread.NewPage()
	for _, s := range samples {
		if name := s.Labels[model.MetricNameLabel]; s.Stale || name == "up" || strings.HasPrefix(name, "scrape_") {
			continue
		}
		s.Exemplars = exemplars[promread.Key(s.Labels, nil)]
		delete(s.Labels, "job")
		delete(s.Labels, "instance")
		ms := &s.MS
		if s.MS == scraped {
			ms = nil
		}
		page.Points[promread.Key(s.Labels, ms)] = s.Point
	}
	return page
}
