package graphite_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"polymeter.dev/bridge/graphite"
	"polymeter.dev/metric"
)

// TestPickles sends more samples than go into one pickle, once because of their number,
// and once because of their length.
func TestPickles(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ samples, length, pickles int }{
		"number": {1200, 1, 3},
		"length": {450, 16000, 7},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := metric.NewGaugeFamily("g", "", "n", "long")
			var want []string
			for i := range test.samples {
				long := strings.Repeat("x", test.length)
				f.AddRow(metric.ValueRow{LabelValues: []string{fmt.Sprint(i), long}, Value: float64(i) / 2, Timestamp: metric.NewTimestamp(int64(i)<<21, 0)})
				want = append(want, fmt.Sprintf("g.long.%s.n.%d %v %d", long, i, float64(i)/2, i<<21))
			}
			raw := record(t, collecting(f), graphite.Options{Protocol: graphite.Pickle})
			got, pickles, err := unframe(raw)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if pickles < test.pickles {
				t.Errorf("%d pickles, want %d", pickles, test.pickles)
			}
		})
	}
}
