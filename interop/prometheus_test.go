package interop_test

import (
	"errors"
	"io"
	"testing"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/textparse"
)

// TestPrometheusParser reads one page with the parser of Prometheus' own
// scraper, the peer that every exposition is for.
func TestPrometheusParser(t *testing.T) {
	t.Parallel()
	const page = "# TYPE jobs counter\njobs_total{kind=\"mail\"} 3\n# EOF\n"
	parser, err := textparse.New([]byte(page), "application/openmetrics-text; version=1.0.0",
		labels.NewSymbolTable(), textparse.ParserOptions{})
	if err != nil {
		t.Fatal(err)
	}
	series := map[string]float64{}
	for {
		entry, err := parser.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if entry != textparse.EntrySeries {
			continue
		}
		_, _, value := parser.Series()
		var set labels.Labels
		parser.Labels(&set)
		series[set.String()] = value
	}
	if got := series[`{__name__="jobs_total", kind="mail"}`]; len(series) != 1 || got != 3 {
		t.Errorf("parsed %v, want jobs_total of mail = 3 alone", series)
	}
}
