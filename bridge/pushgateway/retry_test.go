package pushgateway_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"polymeter.dev/bridge/pushgateway"
	"polymeter.dev/metric"
)

// TestRetries repeats what may succeed later, whatever the method, and nothing else.
func TestRetries(t *testing.T) {
	t.Parallel()
	const minute = -1
	tests := []struct {
		name    string
		answers []answer
		want    int    // requests
		err     string // the beginning
	}{
		{"accepted", nil, 1, ""},
		{"no content", []answer{func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(204) }}, 1, ""},
		{"unavailable", repeat(3, status(503)), 4, ""},
		{"no answer", repeat(3, status(broken)), 4, ""},
		{"too many requests", repeat(3, status(429)), 4, ""},
		{"hangs", repeat(3, hang), 4, ""},
		{"bad request", []answer{status(400)}, 1, "pushgateway: the gateway answered 400 Bad Request: status [31m Bad Request"},
		{"forbidden", []answer{status(503), status(403)}, 2, "pushgateway: the gateway answered 403 Forbidden"},
		{"redirected", []answer{status(302, "Location: http://elsewhere/")}, 1, "pushgateway: the gateway answered 302 Found: it redirects to http://elsewhere/"},
		{"for ever", repeat(100, status(503)), minute, "pushgateway: the gateway answered 503 Service Unavailable: status [31m Service Unavailable: given up: its time is over"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			for _, method := range []string{"PUT", "POST", "DELETE"} {
				synctest.Test(t, func(t *testing.T) {
					g := newGateway(test.answers...)
					p := newPusher(t, g, collecting(gauge("a", 1)), pushgateway.Options{})
					do := map[string]func(context.Context) error{"PUT": p.Push, "POST": p.Add, "DELETE": p.Delete}[method]
					err := do(t.Context())
					if test.err == "" && err != nil {
						t.Errorf("%s: %v", method, err)
					} else if test.err != "" {
						wantError(t, err, test.err)
					}
					// How many go into a minute is up to chance.
					if n := len(g.requests); n != test.want && (test.want != minute || n < 10 || n > 18) {
						t.Errorf("%s: %d requests, want %d", method, n, test.want)
					}
					for _, r := range g.requests {
						if r.Method != method {
							t.Errorf("a request with %s, want %s", r.Method, method)
						}
					}
				})
			}
		})
	}
}

// TestPauses grow, and are as long as the server asks for.
func TestPauses(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		at := time.Now().Add(time.Hour).UTC().Format(http.TimeFormat)
		answers := append(repeat(3, status(503)), status(503, "Retry-After: 20"), status(503, "Retry-After: "+at))
		g := newGateway(answers...)
		p := newPusher(t, g, collecting(gauge("a", 1)), pushgateway.Options{MaxAge: 2 * time.Hour, MinBackoff: time.Second, MaxBackoff: 3 * time.Second})
		if err := p.Push(t.Context()); err != nil {
			t.Fatal(err)
		}
		bounds := []struct{ least, most time.Duration }{
			{time.Second / 2, time.Second},
			{time.Second, 2 * time.Second},
			{3 * time.Second / 2, 3 * time.Second},
			{20 * time.Second, 20 * time.Second},
			{59 * time.Minute, time.Hour},
		}
		for i, b := range bounds {
			if pause := g.at[i+1].Sub(g.at[i]); pause < b.least || pause > b.most {
				t.Errorf("pause %d is %v, want %v to %v", i, pause, b.least, b.most)
			}
		}
	})
}

// TestNoPointInWaiting gives up at once when the server asks for more time than there is.
func TestNoPointInWaiting(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newPusher(t, newGateway(status(503, "Retry-After: 61")), collecting(gauge("a", 1)), pushgateway.Options{})
		start := time.Now()
		err := p.Push(t.Context())
		var refused *pushgateway.StatusError
		if !errors.Is(err, context.DeadlineExceeded) || !errors.As(err, &refused) || refused.Status != http.StatusServiceUnavailable {
			t.Errorf("error %v", err)
		}
		if took := time.Since(start); took != 0 {
			t.Errorf("it took %v", took)
		}
		wantSelf(t, p, map[string]float64{`pushes_total{outcome="given_up"}`: 1})
	})
}

// TestInterrupted ends with its context, whatever it is at.
func TestInterrupted(t *testing.T) {
	t.Parallel()
	stopped := errors.New("stopped by a signal")
	for name, a := range map[string]answer{"between requests": status(503), "during a request": hang} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				g := newGateway(repeat(100, a)...)
				p := newPusher(t, g, collecting(gauge("a", 1)), pushgateway.Options{})
				ctx, cancel := context.WithCancelCause(t.Context())
				time.AfterFunc(5*time.Second, func() { cancel(stopped) })
				start := time.Now()
				if err := p.Push(ctx); !errors.Is(err, stopped) {
					t.Errorf("error %v", err)
				}
				if took := time.Since(start); took != 5*time.Second {
					t.Errorf("it took %v", took)
				}
				wantSelf(t, p, map[string]float64{`pushes_total{outcome="given_up"}`: 1})
			})
		})
	}
	t.Run("before", func(t *testing.T) {
		t.Parallel()
		ctx, cancel := context.WithCancelCause(t.Context())
		cancel(stopped)
		g := newGateway()
		p := newPusher(t, g, collecting(gauge("a", 1)), pushgateway.Options{})
		for _, do := range []func(context.Context) error{p.Push, p.Add, p.Delete} {
			if err := do(ctx); !errors.Is(err, stopped) {
				t.Errorf("error %v", err)
			}
		}
		g.want(t)
	})
}

// TestFinal works after the end of the context, and not for ever.
func TestFinal(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := newGateway()
		p := newPusher(t, g, collecting(gauge("a", 1)), pushgateway.Options{})
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if err := p.PushFinal(ctx); err != nil {
			t.Error(err)
		}
		g.want(t, `{job="j"}`, `{job="j"}: a 1`)
		if err := p.AddFinal(ctx); err != nil {
			t.Error(err)
		}
		if err := p.DeleteFinal(ctx); err != nil {
			t.Error(err)
		}
		g.want(t)

		g.answers = repeat(100, hang)
		start := time.Now()
		if err := p.PushFinal(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("error %v", err)
		}
		if took := time.Since(start); took > 10*time.Second {
			t.Errorf("it took %v", took)
		}
	})
}

// TestFinalAfterAHangingPush collects again what an interrupted push was at.
func TestFinalAfterAHangingPush(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := newGateway()
		p := newPusher(t, g, metric.CollectorFunc(func(ctx context.Context, emit func(metric.Family) error) error {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			time.Sleep(time.Second) // whatever becomes of the context
			return emit(gauge("a", 1))
		}), pushgateway.Options{})
		ctx, cancel := context.WithTimeout(t.Context(), time.Second/2)
		defer cancel()
		if err := p.Push(ctx); !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "nothing was sent") {
			t.Errorf("error %v", err)
		}
		g.want(t)
		if err := p.PushFinal(ctx); err != nil {
			t.Error(err)
		}
		g.want(t, `{job="j"}`, `{job="j"}: a 1`)
	})
}
