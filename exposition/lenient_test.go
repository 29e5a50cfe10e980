package exposition_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"polymeter.dev/exposition"
	"polymeter.dev/metric"
)

// lenientTests have pages with one fault each, and what is read of them, one family
// after the other.
var lenientTests = []struct {
	fault      exposition.Leniency
	name, page string
	want       string
}{
	{exposition.LenientLines, "byte order mark", "\ufeff# TYPE a gauge\na 1\n", "# TYPE a gauge\na 1\n"},
	{exposition.LenientLines, "carriage returns", "# HELP a Help.\r\n# TYPE a gauge\r\na 1\r\nb 2\r\n", "# HELP a Help.\n# TYPE a gauge\na 1\n# TYPE b untyped\nb 2\n"},
	{exposition.LenientLines, "no line feed", "a 1", "# TYPE a untyped\na 1\n"},
	{exposition.LenientTypes, "upper case", "# TYPE a Counter\na 1\n", "# TYPE a counter\na 1\n"},
	{exposition.LenientTypes, "unknown", "# TYPE a unknown\na 1\n", "# TYPE a untyped\na 1\n"},
	{exposition.LenientTypes, "info", "# TYPE a_info info\na_info 1\n", "# TYPE a_info untyped\na_info 1\n"},
	{exposition.LenientMetadata, "second HELP", "# HELP a One.\n# HELP a Two.\na 1\n", "# HELP a One.\n# TYPE a untyped\na 1\n"},
	{exposition.LenientMetadata, "second TYPE", "# TYPE a gauge\n# TYPE a nonsense\na 1\n", "# TYPE a gauge\na 1\n"},
	{exposition.LenientMetadata, "TYPE after samples", "a{x=\"1\"} 1\n# TYPE a gauge\na{x=\"2\"} 2\n", "# TYPE a untyped\na{x=\"1\"} 1\na{x=\"2\"} 2\n"},
	{
		exposition.LenientGroups, "apart", "# TYPE a gauge\na{x=\"1\"} 1\nb 1\na{x=\"2\"} 2\n",
		"# TYPE a gauge\na{x=\"1\"} 1\n# TYPE b untyped\nb 1\n# TYPE a untyped\na{x=\"2\"} 2\n",
	},
	{
		exposition.LenientGroups, "a suffix taken", "a_count 1\n# TYPE a summary\na_count 2\na_sum 3\n",
		"# TYPE a_count untyped\na_count 1\n# TYPE a summary\na_count 2\na_sum 3\n",
	},
	{exposition.LenientDuplicates, "one value", "a 1\na 1\nb 1\n", "# TYPE a untyped\na 1\n# TYPE b untyped\nb 1\n"},
	{exposition.LenientDuplicates, "other value", "a{x=\"1\"} 1 5\na{x=\"1\"} 2 5\na{x=\"1\"} 3 6\n", "# TYPE a untyped\na{x=\"1\"} 1 5\na{x=\"1\"} 3 6\n"},
	{
		exposition.LenientHistograms, "no infinite bucket", "# TYPE a histogram\na_bucket{le=\"1\"} 1\na_count 1\na_sum 1\n",
		"# TYPE a histogram\na_bucket{le=\"1\"} 1\na_count 1\na_sum 1\n",
	},
	{
		exposition.LenientHistograms, "other count", "# TYPE a histogram\na_bucket{le=\"+Inf\"} 1\na_count 2\n",
		"# TYPE a histogram\na_bucket{le=\"+Inf\"} 1\na_count 2\n",
	},
	{
		exposition.LenientHistograms, "order of quantiles", "# TYPE a summary\na{quantile=\"0.9\"} 1\na{quantile=\"0.5\"} 2\n",
		"# TYPE a summary\na{quantile=\"0.9\"} 1\na{quantile=\"0.5\"} 2\n",
	},
}

func TestLeniency(t *testing.T) {
	for _, test := range lenientTests {
		t.Run(test.fault.String()+"/"+test.name, func(t *testing.T) {
			var wrong *exposition.DecodeError
			if _, err := readLenient(t, test.page, exposition.LenientAll&^test.fault); !errors.As(err, &wrong) {
				t.Errorf("with all other faults read over: error %v, want a DecodeError", err)
			}
			for _, l := range []exposition.Leniency{test.fault, exposition.LenientAll} {
				if got, err := readLenient(t, test.page, l); got != test.want || err != nil {
					t.Errorf("with %s read over:\n%s\nwant:\n%s\nerror %v", l, got, test.want, err)
				}
			}
		})
	}
}

// readLenient reads a page, and writes its families as pages of their own: one page
// could not have two of one name.
func readLenient(t *testing.T, page string, l exposition.Leniency) (string, error) {
	var written strings.Builder
	d := exposition.NewTextDecoder(strings.NewReader(page), &exposition.DecodeOptions{Lenient: l})
	for family, err := range exposition.Families(d) {
		if err != nil {
			return "", err
		}
		one := metric.CollectorFunc(func(_ context.Context, emit func(metric.Family) error) error { return emit(family) })
		if _, err := exposition.Write(t.Context(), &written, one, exposition.FormatText(), nil); err != nil {
			t.Fatal(err)
		}
	}
	return written.String(), nil
}

// TestLenientFaults holds what no set of faults reads over.
func TestLenientFaults(t *testing.T) {
	for _, page := range []string{
		"a\n", "a one\n", "a{x=1} 1\n", "a{x=\"1\",x=\"2\"} 1\n", "a 1 2 3\n", "# TYPE a\n", "# TYPE a gauge more\n", "a{x=\"\xff\"} 1\n", "a{x=\"1\" 1\n",
	} {
		if _, err := readLenient(t, page, exposition.LenientAll); err == nil {
			t.Errorf("%q was read", page)
		}
	}
}

func TestParseLeniency(t *testing.T) {
	for l := range exposition.LenientAll + 1 {
		if got, err := exposition.ParseLeniency(l.String()); got != l || err != nil {
			t.Errorf("%q is %d, error %v, want %d", l, got, err, l)
		}
	}
	for _, bad := range []string{"", "line", "lines,", "all,lines", "Lines"} {
		if l, err := exposition.ParseLeniency(bad); err == nil || !strings.Contains(err.Error(), "duplicates") {
			t.Errorf("%q is %d, error %v", bad, l, err)
		}
	}
}
