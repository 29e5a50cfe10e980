package remotewrite_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"polymeter.dev/bridge/remotewrite"
	"polymeter.dev/metric"
)

// TestAnswers has every kind of answer once, and then one that accepts all.
func TestAnswers(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name     string
		answer   answer
		requests int
		status   int // of the error; 0 for none
	}{
		{"200", status(200), 1, 0},
		{"500", status(500), 2, 0},
		{"501", status(501), 2, 0},
		{"503", status(503), 2, 0},
		{"429", status(429), 2, 0},
		{"connection that breaks", status(broken), 2, 0},
		{"no answer in time", hang, 2, 0},
		{"400 of a receiver that wrote nothing", status(400, "X-Prometheus-Remote-Write-Samples-Written: 0"), 1, 400},
		{"401", status(401), 1, 401},
		{"404", status(404), 1, 404},
		{"408", status(408), 1, 408},
		{"413", status(413), 1, 413},
		{"302", status(302, "Location: /login"), 1, 302},
		{"304", status(304), 1, 304},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				r := newReceiver(test.answer)
				w := newWriter(t, r, collecting(gauge("a", 1), gauge("b", 2)), remotewrite.Options{})
				err := w.Push(t.Context())
				var refused *remotewrite.StatusError
				if errors.As(err, &refused) {
					if refused.Status != test.status {
						t.Errorf("error %v, want status %d", err, test.status)
					}
				} else if err != nil || test.status != 0 {
					t.Errorf("error %v, want status %d", err, test.status)
				}
				if n := len(r.times()); n != test.requests {
					t.Errorf("%d requests, want %d", n, test.requests)
				}
				want := map[string]float64{`written_total{kind="sample"}`: 2, `lost_total{reason="rejected"}`: 0}
				if test.status != 0 {
					want = map[string]float64{`written_total{kind="sample"}`: 0, `lost_total{reason="rejected"}`: 2}
				}
				wantSelf(t, w, want)
			})
		})
	}
}

// TestBackoff looks at the pauses between requests to a receiver that is away.
func TestBackoff(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newReceiver(repeat(8, status(500))...)
		push(t, newWriter(t, r, collecting(gauge("a", 1)), remotewrite.Options{MinBackoff: time.Second, MaxBackoff: 5 * time.Second}))
		times := r.times()
		for i, most := range []float64{1, 2, 4, 5, 5, 5, 5, 5} {
			if pause := times[i+1] - times[i]; pause < most/2 || pause > most {
				t.Errorf("pause %d took %v s, want between %v and %v", i+1, pause, most/2, most)
			}
		}
	})
}

func TestRetryAfter(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, header string
		least, most  float64
	}{
		{"seconds", "Retry-After: 30", 30, 30},
		{"date", "Retry-After: Sat, 01 Jan 2000 00:00:20 GMT", 20, 20},
		{"past", "Retry-After: Fri, 31 Dec 1999 00:00:20 GMT", 0, 1},
		{"shorter than the backoff", "Retry-After: 0", 0.5, 1},
		{"not a time", "Retry-After: soon", 0.5, 1},
	}
	for _, code := range []int{429, 503} {
		for _, test := range tests {
			t.Run(test.name, func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					r := newReceiver(status(code, test.header))
					push(t, newWriter(t, r, collecting(gauge("a", 1)), remotewrite.Options{MinBackoff: time.Second}))
					if pause := r.times()[1]; pause < test.least || pause > test.most {
						t.Errorf("pause of %v s, want between %v and %v", pause, test.least, test.most)
					}
				})
			})
		}
	}
}

// TestMaxAge gives up a batch that is refused again and again, so that newer ones get
// their turn, also when the receiver asks for more patience than that.
func TestMaxAge(t *testing.T) {
	t.Parallel()
	for name, a := range map[string]answer{"backoff": status(500), "retry after": status(429, "Retry-After: 100000")} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				r := newReceiver(repeat(100, a)...)
				w := newWriter(t, r, collecting(gauge("a", 1)), remotewrite.Options{MaxAge: time.Minute, MinBackoff: 10 * time.Second})
				err := w.Push(t.Context())
				var refused *remotewrite.StatusError
				if !errors.As(err, &refused) || !strings.Contains(err.Error(), "1 samples were not taken within 1m0s") {
					t.Errorf("error %v", err)
				}
				if now := time.Since(r.start); now != time.Minute {
					t.Errorf("given up after %v", now)
				}
				wantSelf(t, w, map[string]float64{`lost_total{reason="expired"}`: 1, `waiting_samples{}`: 0})
			})
		})
	}
}

// TestPartialWrites believes a receiver of version 2.0 in how much it has written.
func TestPartialWrites(t *testing.T) {
	t.Parallel()
	const samples, histograms, exemplars = "X-Prometheus-Remote-Write-Samples-Written: ", "X-Prometheus-Remote-Write-Histograms-Written: ", "X-Prometheus-Remote-Write-Exemplars-Written: "
	tests := []struct {
		name   string
		answer answer
		want   map[string]float64
		fails  bool
	}{
		{"refused in part", status(400, samples+"1", histograms+"1", exemplars+"0"), map[string]float64{
			`written_total{kind="sample"}`: 1, `written_total{kind="histogram"}`: 1, `lost_total{reason="rejected"}`: 1, `exemplars_lost_total{}`: 1,
		}, true},
		{"refused, and nothing said of some", status(400, histograms+"1"), map[string]float64{
			`written_total{kind="sample"}`: 0, `written_total{kind="histogram"}`: 1, `lost_total{reason="rejected"}`: 2, `exemplars_lost_total{}`: 1,
		}, true},
		{"only exemplars refused", status(400, samples+"2", histograms+"1", exemplars+"0"), map[string]float64{
			`written_total{kind="sample"}`: 2, `written_total{kind="histogram"}`: 1, `lost_total{reason="rejected"}`: 0, `exemplars_lost_total{}`: 1,
		}, false},
		{"a success that is none", status(204, samples+"1", histograms+"0", exemplars+"1"), map[string]float64{
			`written_total{kind="sample"}`: 1, `written_total{kind="exemplar"}`: 1, `lost_total{reason="unconfirmed"}`: 2,
		}, true},
		{"more than was sent, and no number", status(204, samples+"99", histograms+"-1", exemplars+"x"), map[string]float64{
			`written_total{kind="sample"}`: 2, `lost_total{reason="unconfirmed"}`: 1, `exemplars_lost_total{}`: 1,
		}, true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				n := metric.NewHistogramFamily("n", "")
				n.AddRow(metric.HistogramRow{Sum: 1, Native: &metric.NativeHistogram{
					Count: 1, Sum: 1, PositiveSpans: []metric.BucketSpan{{Length: 1}}, PositiveCounts: []float64{1},
				}, Exemplars: []metric.Exemplar{{Value: 1}}})
				r := newReceiver(test.answer)
				w := newWriter(t, r, collecting(gauge("a", 1), gauge("b", 2), n), remotewrite.Options{})
				if err := w.Push(t.Context()); (err != nil) != test.fails {
					t.Errorf("error %v", err)
				}
				wantSelf(t, w, test.want)
			})
		})
	}
}

// TestInterruptedPush keeps what could not be sent for the next push, in order.
func TestInterruptedPush(t *testing.T) {
	t.Parallel()
	for name, a := range map[string]answer{"while it waits": status(503), "during a request": hang} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				r := newReceiver(repeat(100, a)...)
				w := newWriter(t, r, collecting(gauge("a", 1)), remotewrite.Options{})
				for range 3 {
					ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
					err := w.Push(ctx)
					cancel()
					if !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "still waiting") {
						t.Errorf("error %v", err)
					}
				}
				wantSelf(t, w, map[string]float64{`waiting_samples{}`: 3})
				r.mu.Lock()
				r.answers = nil
				r.mu.Unlock()
				push(t, w)
				wantLines(t, r.lines(), `
					{__name__=a} 1 @0 gauge
					{__name__=a} 1 @60000 gauge
					{__name__=a} 1 @120000 gauge
					{__name__=a} 1 @180000 gauge
				`)
				if n := len(r.accepted()); n != 4 {
					t.Errorf("%d requests: samples of one series share one", n)
				}
			})
		})
	}
}

// TestErrorsSayWhy has the last failure in the error of a push that had no time left.
func TestErrorsSayWhy(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newReceiver(repeat(100, status(503))...)
		w := newWriter(t, r, collecting(gauge("a", 1)), remotewrite.Options{})
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		err := w.Push(ctx)
		var refused *remotewrite.StatusError
		if !errors.As(err, &refused) || refused.Status != http.StatusServiceUnavailable || refused.Message != "status Service Unavailable" {
			t.Errorf("error %v", err)
		}
		const want = "remotewrite: the receiver answered 503 Service Unavailable: status Service Unavailable"
		if refused.Error() != want {
			t.Errorf("error %q, want %q", refused, want)
		}
	})
}
