package pushgateway_test

import (
	"compress/gzip"
	"encoding/base64"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"path"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"polymeter.dev/exposition"
	"polymeter.dev/metric"
)

// gateway keeps groups as a Pushgateway does. It is a transport, too, so that a pusher
// needs no network to reach it.
type gateway struct {
	mu       sync.Mutex
	answers  []answer                       // of the next requests; then all is as in a gateway
	groups   map[string]map[string][]string // lines of text, by group and family
	requests []*http.Request                // all of them
	at       []time.Time
	changes  int // requests that were accepted
}

// answer is given in place of what a gateway says.
type answer func(w http.ResponseWriter, r *http.Request)

func newGateway(answers ...answer) *gateway {
	return &gateway{answers: answers, groups: map[string]map[string][]string{}}
}

// status answers with a status, and headers like "Retry-After: 1".
func status(code int, headers ...string) answer {
	return func(w http.ResponseWriter, _ *http.Request) {
		for _, h := range headers {
			name, value, _ := strings.Cut(h, ": ")
			w.Header().Set(name, value)
		}
		http.Error(w, "status\x1b[31m\n "+http.StatusText(code), code)
	}
}

// broken is the status of an answer that does not arrive.
const broken = 599

// hang never answers.
func hang(w http.ResponseWriter, r *http.Request) {
	<-r.Context().Done()
	w.WriteHeader(broken)
}

// repeat gives an answer n times.
func repeat(n int, a answer) []answer { return slices.Repeat([]answer{a}, n) }

func (g *gateway) RoundTrip(r *http.Request) (*http.Response, error) {
	recorder := httptest.NewRecorder()
	g.ServeHTTP(recorder, r)
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	if recorder.Code == broken {
		return nil, io.ErrUnexpectedEOF
	}
	return recorder.Result(), nil
}

func (g *gateway) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	g.mu.Lock()
	g.requests = append(g.requests, r)
	g.at = append(g.at, time.Now())
	var a answer
	if len(g.answers) > 0 {
		a, g.answers = g.answers[0], g.answers[1:]
	}
	g.mu.Unlock()
	if a != nil {
		a(w, r)
		return
	}
	if err := g.change(r, body); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
	} else if r.Method == http.MethodDelete {
		w.WriteHeader(http.StatusAccepted)
	}
}

// change does what the request asks for.
func (g *gateway) change(r *http.Request, body []byte) error {
	labels, err := groupOf(r.URL.Path)
	if err != nil {
		return err
	}
	name := shownGroup(labels)
	g.mu.Lock()
	defer g.mu.Unlock()
	g.changes++
	if r.Method != http.MethodPost {
		delete(g.groups, name)
	}
	if r.Method == http.MethodDelete {
		return nil
	}
	if g.groups[name] == nil {
		g.groups[name] = map[string][]string{}
	}
	families, err := familiesOf(r.Header, body)
	maps.Copy(g.groups[name], families)
	return err
}

// groupOf reads the path of a group by the rules of
// https://github.com/prometheus/pushgateway, section "URL".
func groupOf(where string) (map[string]string, error) {
	if path.Clean(where) != where {
		return nil, fmt.Errorf("the path %q is not clean", where)
	}
	rest, found := strings.CutPrefix(where, "/metrics/")
	parts := strings.Split(rest, "/")
	if !found || len(parts)%2 != 0 {
		return nil, fmt.Errorf("odd path %q", where)
	}
	labels := map[string]string{}
	for i := 0; i < len(parts); i += 2 {
		name, value := parts[i], parts[i+1]
		if plain, coded := strings.CutSuffix(name, "@base64"); coded {
			raw, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(value, "="))
			if err != nil {
				return nil, err
			}
			name, value = plain, string(raw)
		}
		if !metric.IsLegacyLabelName(name) || strings.HasPrefix(name, "__") {
			return nil, fmt.Errorf("improper label name %q", name)
		}
		if _, twice := labels[name]; twice {
			return nil, fmt.Errorf("label %q is there twice", name)
		}
		labels[name] = value
	}
	if labels["job"] == "" {
		return nil, fmt.Errorf("job name is required")
	}
	return labels, nil
}

func shownGroup(labels map[string]string) string {
	set, err := metric.LabelsFromMap(labels)
	if err != nil {
		return err.Error()
	}
	return set.String()
}

// familiesOf reads a body, which is to have no timestamps.
func familiesOf(h http.Header, body []byte) (map[string][]string, error) {
	unpacked, err := gzip.NewReader(strings.NewReader(string(body)))
	if err != nil {
		return nil, err
	}
	syntax := exposition.Text
	if strings.HasPrefix(h.Get("Content-Type"), exposition.ContentTypeProtobuf) {
		syntax = exposition.Protobuf
	}
	decoder, err := exposition.NewDecoder(unpacked, syntax, nil)
	if err != nil {
		return nil, err
	}
	families := map[string][]string{}
	for f, err := range exposition.Families(decoder) {
		if err != nil {
			return nil, err
		}
		name := f.Desc().FullName()
		families[name] = []string{}
		err := f.Each(func(s *metric.Sample) error {
			if !s.Timestamp.IsZero() {
				return fmt.Errorf("pushed metrics must not have timestamps")
			}
			families[name] = append(families[name], shown(s))
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return families, nil
}

// shown is a sample as text; of a histogram it has what tells whether native buckets came.
func shown(s *metric.Sample) string {
	series := s.Name
	if !s.Labels.IsZero() {
		series += s.Labels.String()
	}
	if h := s.Histogram; h != nil {
		return fmt.Sprintf("%s count:%v sum:%v buckets:%d native:%t", series, h.Count, h.Sum, len(h.Buckets), h.Native != nil)
	}
	return fmt.Sprintf("%s %v", series, s.Value)
}

// lines returns all that the gateway has, a line for each group and sample.
func (g *gateway) lines() (lines []string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for group, families := range g.groups {
		lines = append(lines, group)
		for _, samples := range families {
			for _, s := range samples {
				lines = append(lines, group+": "+s)
			}
		}
	}
	slices.Sort(lines)
	return lines
}

// want compares what a gateway has.
func (g *gateway) want(t *testing.T, want ...string) {
	t.Helper()
	if diff := cmp.Diff(want, g.lines()); diff != "" {
		t.Errorf("the gateway has (-want +got):\n%s", diff)
	}
}

// last returns the last request.
func (g *gateway) last(t *testing.T) *http.Request {
	t.Helper()
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(g.requests) == 0 {
		t.Fatal("there was no request")
	}
	return g.requests[len(g.requests)-1]
}
