package expose_test

import (
	"errors"
	"io"
	"testing"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/textparse"

	"polymeter.dev/exposition"
	"polymeter.dev/interop/corpus"
	"polymeter.dev/metric"
)

// TestWhatPrometheusRefuses holds docs/conformance.md to what it says about
// valid pages that Prometheus' parsers refuse. When one of them is accepted,
// the random pages can have it too.
func TestWhatPrometheusRefuses(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		format exposition.Format
		family corpus.Family
	}{
		{
			"NUL in a metric name", exposition.FormatText100(),
			corpus.Family{Type: metric.TypeGauge, Name: "a\x00b", Points: []corpus.Point{{}}},
		},
		{
			"NUL in a label name", exposition.FormatOpenMetrics(),
			corpus.Family{Type: metric.TypeGauge, Name: "g", Points: []corpus.Point{{Labels: map[string]string{"a\x00b": ""}}}},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			page := write(t, corpus.Collector([]corpus.Family{test.family}), test.format, nil)
			if err := refusal(page, test.format.ContentType()); err == nil {
				t.Errorf("accepted:\n%q", page)
			}
		})
	}
}

// TestExemplarWithNUL: Prometheus would refuse the page, so the exemplar is left
// out.
func TestExemplarWithNUL(t *testing.T) {
	t.Parallel()
	family := corpus.Family{Type: metric.TypeCounter, Name: "c", Points: []corpus.Point{{
		Exemplars: []corpus.Exemplar{{Labels: map[string]string{"id": "\x00"}, Value: 1, Time: 1000}},
	}}}
	format := exposition.FormatOpenMetrics()
	page := write(t, corpus.Collector([]corpus.Family{family}), format, nil)
	if err := refusal(page, format.ContentType()); err != nil {
		t.Errorf("%v:\n%q", err, page)
	}
}

// refusal returns the error of Prometheus' parser.
func refusal(page []byte, contentType string) error {
	parser, err := textparse.New(page, contentType, labels.NewSymbolTable(), textparse.ParserOptions{EnableOpenMetrics2: true})
	for err == nil {
		_, err = parser.Next()
	}
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}
