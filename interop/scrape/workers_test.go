package scrape_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/prometheus/config"

	"polymeter.dev/interop/peers"
	"polymeter.dev/interop/pyclient"
	"polymeter.dev/interop/workload"
	"polymeter.dev/multiprocess"
)

// TestWorkersOfPython has Prometheus scrape what two workers of the Python
// client counted, as Polymeter merges it.
func TestWorkersOfPython(t *testing.T) {
	t.Parallel()
	for version, find := range map[string]func() (*peers.Python, error){"0.16": peers.Python016, "0.21": peers.Python021} {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			python, dir := peers.Require(t, find), t.TempDir()
			families := []workload.Family{
				{Kind: "counter", Name: "visits", Help: "Visits.", Labels: []string{"path"}, Registry: "r"},
				{Kind: "histogram", Name: "took", Buckets: []workload.Number{0.5}, Registry: "r"},
				{Kind: "gauge", Name: "level", Mode: "max", Registry: "r"},
			}
			for i := range 2 {
				w := pyclient.Start(t, python, dir)
				if err := w.Declare(families, ""); err != nil {
					t.Fatal(err)
				}
				if err := w.Update([]workload.Update{
					{Family: 0, Values: []string{"/ü\"\n"}, Do: "inc", Value: 2.5},
					{Family: 1, Do: "observe", Value: workload.Number(i)},
					{Family: 2, Do: "set", Value: workload.Number(i)},
				}); err != nil {
					t.Fatal(err)
				}
			}
			collector, err := multiprocess.NewCollector(dir, nil)
			if err != nil {
				t.Fatal(err)
			}
			want := map[string]string{
				"{__name__=\"visits_total\", path=\"/ü\\\"\\n\"}": "5",
				`{__name__="took_bucket", le="0.5"}`:              "1",
				`{__name__="took_bucket", le="+Inf"}`:             "2",
				`{__name__="took_count"}`:                         "2",
				`{__name__="took_sum"}`:                           "1",
				`{__name__="level"}`:                              "1",
			}
			for _, protocols := range [][]config.ScrapeProtocol{textFirst, protoFirst} {
				page, _ := scrapeOnce(t, collector, scraping{protocols: protocols})
				got := map[string]string{}
				for key, p := range page.Points {
					got[key] = p.Value
				}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("%s: (-want +got)\n%s", protocols[0], diff)
				}
			}
		})
	}
}
