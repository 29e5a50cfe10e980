package remotewrite_test

import (
	"fmt"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"sync"

	prompb "buf.build/gen/go/prometheus/prometheus/protocolbuffers/go"
	writev2 "buf.build/gen/go/prometheus/prometheus/protocolbuffers/go/io/prometheus/write/v2"
	"github.com/klauspost/compress/snappy"
	"google.golang.org/protobuf/proto"
)

// store is a receiver that keeps samples by the rules of Prometheus' storage: a sample
// must be newer than the newest of its series, or be the same again.
type store struct {
	version1 bool // it knows no other

	mu         sync.Mutex
	samples    map[string][]stored
	repeated   int // samples that were there already
	outOfOrder int
}

type stored struct {
	ms   int64
	bits uint64
}

func newStore(version1 bool) *store {
	return &store{version1: version1, samples: map[string][]stored{}}
}

// total returns how many samples there are.
func (s *store) total() (n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, samples := range s.samples {
		n += len(samples)
	}
	return n
}

// add keeps a sample, and reports whether it is there now.
func (s *store) add(series string, ms int64, value float64) bool {
	samples := s.samples[series]
	bits := math.Float64bits(value)
	if n := len(samples); n > 0 && ms <= samples[n-1].ms {
		if samples[n-1] == (stored{ms, bits}) {
			s.repeated++
			return true
		}
		s.outOfOrder++
		return false
	}
	s.samples[series] = append(samples, stored{ms, bits})
	return true
}

func (s *store) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	body, err := io.ReadAll(req.Body)
	if err == nil {
		body, err = snappy.Decode(nil, body)
	}
	isVersion1 := req.Header.Get("Content-Type") == "application/x-protobuf"
	switch {
	case err != nil:
	case isVersion1:
		err = s.write1(body)
	case s.version1:
		http.Error(w, "unknown message", http.StatusUnsupportedMediaType)
		return
	default:
		var written int
		written, err = s.write2(body)
		w.Header().Set("X-Prometheus-Remote-Write-Samples-Written", fmt.Sprint(written))
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

func (s *store) write1(body []byte) error {
	var m prompb.WriteRequest
	if err := proto.Unmarshal(body, &m); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, series := range m.Timeseries {
		for _, v := range series.Samples {
			if !s.add(pairs(series.Labels), v.Timestamp, v.Value) {
				return fmt.Errorf("out of order sample")
			}
		}
	}
	return nil
}

func (s *store) write2(body []byte) (written int, err error) {
	var m writev2.Request
	if err := proto.Unmarshal(body, &m); err != nil {
		return 0, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, series := range m.Timeseries {
		for _, v := range series.Samples {
			if s.add(symbols(m.Symbols, series.LabelsRefs), v.Timestamp, v.Value) {
				written++
			} else {
				err = fmt.Errorf("out of order sample")
			}
		}
	}
	return written, err
}

// flaky stands between a writer and a store, and does what is due to each request.
type flaky struct {
	http.Handler
	due []fault
}

// fault is what happens to a request.
type fault uint8

const (
	noFault fault = iota
	lostRequest
	lostAnswer // after the request was served
	serverError
	tooMany
	badRequest // and nothing written
	faults     // their number
)

func (f *flaky) RoundTrip(req *http.Request) (*http.Response, error) {
	due := noFault
	if len(f.due) > 0 {
		due, f.due = f.due[0], f.due[1:]
	}
	recorder := httptest.NewRecorder()
	switch due {
	case lostRequest:
		return nil, io.ErrUnexpectedEOF
	case serverError:
		recorder.WriteHeader(http.StatusInternalServerError)
	case tooMany:
		recorder.Header().Set("Retry-After", "3")
		recorder.WriteHeader(http.StatusTooManyRequests)
	case badRequest:
		recorder.Header().Set("X-Prometheus-Remote-Write-Samples-Written", "0")
		recorder.WriteHeader(http.StatusBadRequest)
	default:
		f.ServeHTTP(recorder, req)
	}
	if due == lostAnswer {
		return nil, io.ErrUnexpectedEOF
	}
	return recorder.Result(), nil
}
