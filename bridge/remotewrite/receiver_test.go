package remotewrite_test

import (
	"fmt"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"time"

	prompb "buf.build/gen/go/prometheus/prometheus/protocolbuffers/go"
	writev2 "buf.build/gen/go/prometheus/prometheus/protocolbuffers/go/io/prometheus/write/v2"
	"github.com/klauspost/compress/snappy"
	"google.golang.org/protobuf/proto"
)

// receiver takes requests of both versions and keeps them as text. It is a transport,
// too, so that a writer needs no network to reach it.
type receiver struct {
	start time.Time // times are shown in milliseconds since then

	mu       sync.Mutex
	answers  []answer // of the next requests; then all is accepted
	requests []request
	at       []time.Time // of all requests, also those that were not accepted
}

// request is one that the receiver has accepted.
type request struct {
	header http.Header
	lines  []string // one a sample, and one a metadata of version 1.0
	bytes  int
}

// answer is given in place of that of a receiver which accepts all.
type answer func(w http.ResponseWriter, r *http.Request)

func newReceiver(answers ...answer) *receiver {
	return &receiver{start: time.Now(), answers: answers}
}

// status answers with a status, and headers like "Retry-After: 1".
func status(code int, headers ...string) answer {
	return func(w http.ResponseWriter, _ *http.Request) {
		for _, h := range headers {
			name, value, _ := strings.Cut(h, ": ")
			w.Header().Set(name, value)
		}
		w.WriteHeader(code)
		io.WriteString(w, "status "+http.StatusText(code))
	}
}

// only accepts a version, and answers the other with a status.
func only(version string, code int) answer {
	return func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("X-Prometheus-Remote-Write-Version") != version {
			w.WriteHeader(code)
		} else {
			w.WriteHeader(http.StatusNoContent)
		}
	}
}

// repeat gives an answer n times.
func repeat(n int, a answer) []answer {
	answers := make([]answer, n)
	for i := range answers {
		answers[i] = a
	}
	return answers
}

func (r *receiver) RoundTrip(req *http.Request) (*http.Response, error) {
	recorder := httptest.NewRecorder()
	r.ServeHTTP(recorder, req)
	if err := req.Context().Err(); err != nil {
		return nil, err
	}
	response := recorder.Result()
	if response.StatusCode == broken {
		return nil, io.ErrUnexpectedEOF
	}
	return response, nil
}

// broken is the status of an answer that does not arrive.
const broken = 599

// hang never answers.
func hang(w http.ResponseWriter, r *http.Request) {
	<-r.Context().Done()
	w.WriteHeader(broken)
}

func (r *receiver) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	body, err := io.ReadAll(req.Body)
	if err != nil {
		return
	}
	r.mu.Lock()
	r.at = append(r.at, time.Now())
	var a answer
	if len(r.answers) > 0 {
		a, r.answers = r.answers[0], r.answers[1:]
	}
	r.mu.Unlock()
	answered := httptest.NewRecorder()
	if a != nil {
		a(answered, req)
	} else {
		answered.WriteHeader(http.StatusNoContent)
	}
	if answered.Code/100 == 2 {
		if err := r.keep(answered.Header(), req, body); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
	}
	for name, values := range answered.Header() {
		w.Header()[name] = values
	}
	w.WriteHeader(answered.Code)
	io.Copy(w, answered.Body)
}

// keep decodes a request. A receiver of version 2.0 says what it has written, unless
// something else was said.
func (r *receiver) keep(answer http.Header, req *http.Request, body []byte) error {
	raw, err := snappy.Decode(nil, body)
	if err != nil {
		return err
	}
	got := request{header: req.Header, bytes: len(raw)}
	if req.Header.Get("Content-Type") == "application/x-protobuf" {
		got.lines, err = r.decode1(raw)
	} else {
		var written [3]int
		got.lines, written, err = r.decode2(raw)
		for i, what := range []string{"Samples", "Histograms", "Exemplars"} {
			name := "X-Prometheus-Remote-Write-" + what + "-Written"
			if _, said := answer[name]; !said && answer.Get("Uncounted") == "" {
				answer.Set(name, fmt.Sprint(written[i]))
			}
		}
	}
	if err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.requests = append(r.requests, got)
	return nil
}

// decode2 shows a message of version 2.0.
func (r *receiver) decode2(raw []byte) (lines []string, written [3]int, err error) {
	var m writev2.Request
	if err := proto.Unmarshal(raw, &m); err != nil {
		return nil, written, err
	}
	if len(m.Symbols) == 0 || m.Symbols[0] != "" {
		return nil, written, fmt.Errorf("symbols %q", m.Symbols)
	}
	for _, s := range m.Timeseries {
		line := symbols(m.Symbols, s.LabelsRefs)
		for _, v := range s.Samples {
			line += " " + shown(v.Value) + r.when(v.Timestamp, v.StartTimestamp)
		}
		for _, h := range s.Histograms {
			line += " " + native(h) + r.when(h.Timestamp, h.StartTimestamp)
		}
		written[0] += len(s.Samples)
		written[1] += len(s.Histograms)
		written[2] += len(s.Exemplars)
		for _, x := range s.Exemplars {
			line += fmt.Sprintf(" # %s %v @%d", symbols(m.Symbols, x.LabelsRefs), x.Value, x.Timestamp-r.start.UnixMilli())
		}
		kind := strings.ToLower(strings.TrimPrefix(s.Metadata.Type.String(), "METRIC_TYPE_"))
		if help, unit := m.Symbols[s.Metadata.HelpRef], m.Symbols[s.Metadata.UnitRef]; help+unit != "" {
			kind += fmt.Sprintf(" %q %q", help, unit)
		}
		lines = append(lines, line+" "+kind)
	}
	return lines, written, nil
}

// decode1 shows a message of version 1.0.
func (r *receiver) decode1(raw []byte) (lines []string, err error) {
	var m prompb.WriteRequest
	if err := proto.Unmarshal(raw, &m); err != nil {
		return nil, err
	}
	for _, s := range m.Timeseries {
		line := pairs(s.Labels)
		for _, v := range s.Samples {
			line += " " + shown(v.Value) + r.when(v.Timestamp, 0)
		}
		for _, h := range s.Histograms {
			line += " " + native(asVersion2(h)) + r.when(h.Timestamp, 0)
		}
		for _, x := range s.Exemplars {
			line += fmt.Sprintf(" # %s %v @%d", pairs(x.Labels), x.Value, x.Timestamp-r.start.UnixMilli())
		}
		lines = append(lines, line)
	}
	for _, f := range m.Metadata {
		lines = append(lines, fmt.Sprintf("# %s %s %q %q", f.MetricFamilyName, strings.ToLower(f.Type.String()), f.Help, f.Unit))
	}
	return lines, nil
}

// asVersion2 is a histogram of version 1.0 as one of 2.0, which has the same fields.
func asVersion2(h *prompb.Histogram) *writev2.Histogram {
	raw, err := proto.Marshal(h)
	if err != nil {
		panic(err)
	}
	var same writev2.Histogram
	if err := proto.Unmarshal(raw, &same); err != nil || len(same.ProtoReflect().GetUnknown()) > 0 {
		panic(fmt.Sprint(err, same.ProtoReflect().GetUnknown()))
	}
	return &same
}

func (r *receiver) when(ms, start int64) string {
	text := fmt.Sprintf(" @%d", ms-r.start.UnixMilli())
	if start != 0 {
		text += fmt.Sprintf(" st@%d", start-r.start.UnixMilli())
	}
	return text
}

// shown tells the NaNs apart.
func shown(v float64) string {
	switch bits := math.Float64bits(v); {
	case bits == 0x7ff0000000000002:
		return "stale"
	case math.IsNaN(v) && bits != 0x7ff8000000000001:
		return fmt.Sprintf("%#x", bits)
	}
	return fmt.Sprint(v)
}

func symbols(symbols []string, refs []uint32) string {
	var labels []*prompb.Label
	for i := 0; i < len(refs); i += 2 {
		labels = append(labels, &prompb.Label{Name: symbols[refs[i]], Value: symbols[refs[i+1]]})
	}
	return pairs(labels)
}

// pairs shows labels in their order, the name as a label like the others.
func pairs(labels []*prompb.Label) string {
	texts := make([]string, len(labels))
	for i, l := range labels {
		texts[i] = l.Name + "=" + l.Value
	}
	return "{" + strings.Join(texts, ",") + "}"
}

func native(h *writev2.Histogram) string {
	text := "native("
	switch h.Count.(type) {
	case *writev2.Histogram_CountInt:
		text += fmt.Sprintf("int count:%d zero:%d", h.GetCountInt(), h.GetZeroCountInt())
	case *writev2.Histogram_CountFloat:
		text += fmt.Sprintf("float count:%v zero:%v", h.GetCountFloat(), h.GetZeroCountFloat())
	}
	text += fmt.Sprintf(" sum:%s schema:%d threshold:%v", shown(h.Sum), h.Schema, h.ZeroThreshold)
	text += side("pos", h.PositiveSpans, h.PositiveDeltas, h.PositiveCounts)
	text += side("neg", h.NegativeSpans, h.NegativeDeltas, h.NegativeCounts)
	if h.ResetHint != 0 {
		text += " " + strings.ToLower(strings.TrimPrefix(h.ResetHint.String(), "RESET_HINT_"))
	}
	return text + ")"
}

func side(name string, spans []*writev2.BucketSpan, deltas []int64, counts []float64) string {
	if len(spans)+len(deltas)+len(counts) == 0 {
		return ""
	}
	text := " " + name
	for _, s := range spans {
		text += fmt.Sprintf(" %d,%d", s.Offset, s.Length)
	}
	if len(deltas) > 0 {
		return text + fmt.Sprint(" deltas", deltas)
	}
	return text + fmt.Sprint(" counts", counts)
}

// lines returns what was received so far.
func (r *receiver) lines() (lines []string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, request := range r.requests {
		lines = append(lines, request.lines...)
	}
	return lines
}

// last returns what the last request said.
func (r *receiver) last() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.requests) == 0 {
		return nil
	}
	return r.requests[len(r.requests)-1].lines
}

// accepted returns the accepted requests.
func (r *receiver) accepted() []request {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.requests
}

// times returns when requests came, in seconds since the start.
func (r *receiver) times() (seconds []float64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, at := range r.at {
		seconds = append(seconds, at.Sub(r.start).Seconds())
	}
	return seconds
}
