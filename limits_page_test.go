//go:build unix

package polymeter_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"

	"polymeter.dev"
	"polymeter.dev/exposition"
	"polymeter.dev/metric"
	"polymeter.dev/metrichttp"
	"polymeter.dev/multiprocess"
)

// The page of all processes can be pushed, by any of them, for example by the last
// one of a batch job.
func TestLiftedPushing(t *testing.T) {
	t.Parallel()
	pushed := make(chan string, 1)
	gateway := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		pushed <- fmt.Sprintf("%s %s %s %v\n%s", r.Method, r.URL.Path, r.Header.Get("Content-Type"), err, body)
	}))
	defer gateway.Close()
	dir := t.TempDir()
	startPeer(t, dir, "push", "one").end()
	two := startPeer(t, dir, "push", "two")
	two.do("push", gateway.URL+"/metrics/job/batch")
	want := `PUT /metrics/job/batch ` + exposition.FormatText().ContentType() + ` <nil>
# HELP job_info Who did it.
# TYPE job_info gauge
job_info{by="two"} 1
# HELP records_total Records done.
# TYPE records_total counter
records_total 6
`
	if got := <-pushed; got != want {
		t.Errorf("pushed\n%s\nwant\n%s", got, want)
	}
}

func playPush(name string) (orders, error) {
	polymeter.NewCounter(polymeter.CounterOpts{Name: "records", Help: "Records done."}).Add(3)
	polymeter.NewInfo(polymeter.InfoOpts{Name: "job", Help: "Who did it."}).Set(map[string]string{"by": name})
	return orders{"push": func(args ...string) (string, error) {
		page, err := text(polymeter.Default())
		if err != nil {
			return "", err
		}
		request, err := http.NewRequest(http.MethodPut, args[0], strings.NewReader(page))
		if err != nil {
			return "", err
		}
		request.Header.Set("Content-Type", exposition.FormatText().ContentType())
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			return "", err
		}
		return response.Status, response.Body.Close()
	}}, nil
}

// A scrape that asks for some names gets the merge of these, and what else there
// is costs it nothing.
func TestLiftedRestrictedViews(t *testing.T) {
	t.Parallel()
	one, two := startTwo(t, t.TempDir(), "restricted")
	for query, want := range map[string]string{
		"name[]=jobs_total":                       "# TYPE jobs_total counter\njobs_total 4\n",
		"name[]=wait_seconds_count&name[]=queued": "# TYPE queued gauge\nqueued 14\n# TYPE wait_seconds summary\nwait_seconds_count 2\nwait_seconds_sum 2\n",
		"name[]=nothing":                          "",
	} {
		for _, p := range []*peer{one, two} {
			if got := p.do("get", "/metrics?"+query); got != want+"asked 0 times" {
				t.Errorf("%s of process %s: got\n%s\nwant\n%s", query, p.name, got, want)
			}
		}
	}
	if got := one.do("get", "/metrics?name[]=costly"); got != "# TYPE costly gauge\ncostly 1\nasked 1 times" {
		t.Errorf("the costly one shows\n%s", got)
	}
}

func playRestricted(string) (orders, error) {
	polymeter.NewCounter(polymeter.CounterOpts{Name: "jobs"}).Add(2)
	polymeter.NewSummary(polymeter.SummaryOpts{Name: "wait_seconds"}).Observe(1)
	polymeter.NewGaugeFunc(polymeter.GaugeOpts{Name: "queued", Mode: metric.GaugeSum}, func() float64 { return 7 })
	costly := &described{name: "costly"}
	polymeter.Default().MustRegister(costly)
	handler := metrichttp.Handler(polymeter.Default(), &metrichttp.HandlerOptions{DisableSelfMetrics: true})
	return orders{"get": func(args ...string) (string, error) {
		before := costly.calls.Load()
		page := httptest.NewRecorder()
		handler.ServeHTTP(page, httptest.NewRequest(http.MethodGet, args[0], nil))
		return fmt.Sprintf("%sasked %d times", page.Body, costly.calls.Load()-before), nil
	}}, nil
}

// What describes the target as a whole is on the page once, from the process that
// answers.
func TestLiftedTargetInfo(t *testing.T) {
	t.Parallel()
	one, two := startTwo(t, t.TempDir(), "target")
	for _, p := range []*peer{one, two} {
		wantPages(t, []string{`target_info{instance="` + p.name + `",service="shop"} 1`, "jobs_total 2"}, p)
	}
}

func playTarget(name string) (orders, error) {
	polymeter.NewCounter(polymeter.CounterOpts{Name: "jobs"}).Inc()
	return nil, polymeter.Default().SetTargetInfo(map[string]string{"service": "shop", "instance": name})
}

// One page merges directories of several services, and each service still has its
// own.
func TestLiftedSeveralDirectories(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	web, mail := filepath.Join(root, "web"), filepath.Join(root, "mail")
	one := startPeer(t, web, "directories", "one")
	two := startPeer(t, mail, "directories", "two")
	three := startPeer(t, mail, "directories", "three")
	wantPages(t, []string{"jobs_total 1", `kind_info{of="one"} 1`}, one)
	wantPages(t, []string{"jobs_total 2", `kind_info{of="three"} 1`, `kind_info{of="two"} 1`}, two, three)
	all := []string{"jobs_total 3", `kind_info{of="one"} 1`, `kind_info{of="three"} 1`, `kind_info{of="two"} 1`}
	wantText(t, "the page of both", samples(one.do("also", mail)), all)
	wantText(t, "the page of both", samples(two.do("also", web)), all)
}

func playDirectories(name string) (orders, error) {
	polymeter.NewCounter(polymeter.CounterOpts{Name: "jobs"}).Inc()
	polymeter.NewInfo(polymeter.InfoOpts{Name: "kind"}).Set(map[string]string{"of": name})
	return orders{"also": func(args ...string) (string, error) {
		store, err := multiprocess.Open("", nil)
		if err != nil {
			return "", err
		}
		defer store.Close()
		return text(polymeter.NewRegistry(&polymeter.RegistryOptions{
			Store: store, Merge: &multiprocess.CollectorOptions{Also: args},
		}))
	}}, nil
}
