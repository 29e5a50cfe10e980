package remotewrite_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/common/model"

	"polymeter.dev/bridge/remotewrite"
	"polymeter.dev/interop/corpus"
	"polymeter.dev/interop/peers"
	"polymeter.dev/interop/promread"
)

// TestFallback sends to a Prometheus that does not know version 2.0: it takes the
// message for an empty one, and says that all is well.
func TestFallback(t *testing.T) {
	p := peers.StartPrometheus(t)
	families := current()
	w := newWriter(t, p.URL+"/api/v1/write", corpus.Collector(families), remotewrite.Options{})
	if err := w.Push(t.Context()); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(expected1(families), values(t, p)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	wantExemplars(t, p, families)
	wantNatives(t, p, families)
}

// expected1 is what must be there of simple samples, with names that the version
// allows.
func expected1(families []corpus.Family) map[string]string {
	view := corpus.View{Escape: underscores, Lines: true}
	page := promread.NewPage()
	for i := range families {
		f := &families[i]
		page.Lines(f.OnlyBoth().Lines(view))
		lines := view
		lines.Native = true
		page.Lines(f.Lines(lines))
	}
	points := map[string]string{}
	for key, p := range page.Points {
		points[withoutTime(key)] = p.Value
	}
	return points
}

func underscores(name string) string {
	return model.EscapeName(name, model.UnderscoreEscaping)
}

// withoutTime returns the series of a key of a page.
func withoutTime(key string) string {
	series, _, _ := strings.Cut(key, " at ")
	return series
}

// series is one of an answer of Prometheus' HTTP API.
type series struct {
	Metric    map[string]string `json:"metric"`
	Value     [2]any            `json:"value"`
	Histogram [2]any            `json:"histogram"`
}

// values returns the values of all series but native histograms.
func values(t *testing.T, p *peers.Prometheus) map[string]string {
	t.Helper()
	points := map[string]string{}
	for _, s := range query(t, p, `{job="job"}`) {
		if s.Histogram[1] != nil {
			continue
		}
		delete(s.Metric, "job")
		delete(s.Metric, "instance")
		points[promread.Key(s.Metric, nil)] = promread.Text(number(t, s.Value[1]))
	}
	return points
}

// wantExemplars compares the exemplars of all series. The receiver drops those that come
// with the first native histogram of a series, since it looks for the series too early.
func wantExemplars(t *testing.T, p *peers.Prometheus, families []corpus.Family) {
	t.Helper()
	view := corpus.View{Escape: underscores, Metadata: true}
	page := promread.NewPage()
	view.Native = true
	for i := range families {
		page.Lines(families[i].Lines(view))
	}
	want := map[string][]string{}
	for key, point := range page.Points {
		if len(point.Exemplars) > 0 {
			want[withoutTime(key)] = point.Exemplars
		}
	}
	got := map[string][]string{}
	for _, s := range exemplars(t, p) {
		delete(s.SeriesLabels, "job")
		delete(s.SeriesLabels, "instance")
		key := promread.Key(s.SeriesLabels, nil)
		for _, e := range s.Exemplars {
			got[key] = append(got[key], promread.ExemplarText(e.Labels, number(t, e.Value), int64(math.Round(1000*e.Timestamp))))
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("exemplars (-want +got)\n%s", diff)
	}
}

// seriesExemplars are those of a series in an answer of Prometheus' HTTP API.
type seriesExemplars struct {
	SeriesLabels map[string]string
	Exemplars    []struct {
		Labels    map[string]string
		Value     string
		Timestamp float64
	}
}

func exemplars(t *testing.T, p *peers.Prometheus) (all []seriesExemplars) {
	t.Helper()
	get(t, p, "query_exemplars", url.Values{
		"query": {`{job="job"}`}, "start": {"0"}, "end": {fmt.Sprint(time.Now().Unix())},
	}, &all)
	return all
}

// wantNatives compares the counts of the native histograms.
func wantNatives(t *testing.T, p *peers.Prometheus, families []corpus.Family) {
	t.Helper()
	want, got := map[string]float64{}, map[string]float64{}
	for _, f := range families {
		for _, point := range f.Points {
			if point.Native != nil {
				want[underscores(f.Name)+point.Labels["k"]] = point.Native.Count
			}
		}
	}
	for _, s := range query(t, p, `{job="job"}`) {
		h, native := s.Histogram[1].(map[string]any)
		if !native {
			continue
		}
		got[s.Metric["__name__"]+s.Metric["k"]] = number(t, h["count"])
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("native histograms (-want +got)\n%s", diff)
	}
}

// number returns a number that is text in an answer.
func number(t *testing.T, text any) float64 {
	t.Helper()
	v, err := strconv.ParseFloat(text.(string), 64)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// query evaluates PromQL.
func query(t *testing.T, p *peers.Prometheus, promql string) []series {
	t.Helper()
	var vector struct{ Result []series }
	get(t, p, "query", url.Values{"query": {promql}}, &vector)
	return vector.Result
}

// get asks Prometheus' HTTP API.
func get(t *testing.T, p *peers.Prometheus, what string, parameters url.Values, data any) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, p.URL+"/api/v1/"+what+"?"+parameters.Encode(), nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	answer := struct {
		Error string
		Data  any
	}{Data: data}
	if err := json.NewDecoder(response.Body).Decode(&answer); err != nil || answer.Error != "" {
		t.Fatalf("%s %v: %v %s", what, parameters, err, answer.Error)
	}
}

// stored returns how many samples there are, but for staleness markers.
func stored(t *testing.T, p *peers.Prometheus) int {
	t.Helper()
	n := 0.0
	for _, s := range query(t, p, `sum(count_over_time({job="job"}[1h]))`) {
		n += number(t, s.Value[1])
	}
	return int(n)
}

// TestPrometheusKilled kills Prometheus while a writer runs, and starts it again. No
// sample is lost, and none is there twice.
func TestPrometheusKilled(t *testing.T) {
	p := peers.StartPrometheus(t)
	collector := new(ticking)
	w := newWriter(t, p.URL+"/api/v1/write", collector, remotewrite.Options{Interval: 20 * time.Millisecond})
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	ended := make(chan error, 1)
	go func() { ended <- w.Run(ctx) }()
	for range 3 {
		collected(t, collector, 20)
		p.Kill()
		collected(t, collector, 5)
		p.Start(t)
	}
	collected(t, collector, 20)
	stop()
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	want := int(collector.times.Load()) * seriesPerPush
	if got := stored(t, p); got != want {
		t.Errorf("%d samples are there, want %d", got, want)
	}
}

// collected waits for n collections.
func collected(t *testing.T, c *ticking, n int64) {
	t.Helper()
	deadline := time.Now().Add(30 * time.Second)
	for end := c.times.Load() + n; c.times.Load() < end; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("nothing is collected any more")
		}
	}
}
