package faultproxy_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"polymeter.dev/internal/faultproxy"
)

// server counts the requests that reach it whole.
func server(t *testing.T) (p *faultproxy.Proxy, served *atomic.Int64) {
	served = new(atomic.Int64)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if body, err := io.ReadAll(r.Body); err == nil && len(body) == int(r.ContentLength) {
			served.Add(1)
			w.Write(body)
		}
	}))
	t.Cleanup(s.Close)
	p, err := faultproxy.Start(s.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	return p, served
}

// post sends a body, and returns what comes back.
func post(p *faultproxy.Proxy, body string) (status int, answer string, err error) {
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: 2 * time.Second}
	response, err := client.Post("http://"+p.Addr(), "text/plain", strings.NewReader(body))
	if err != nil {
		return 0, "", err
	}
	defer response.Body.Close()
	read, err := io.ReadAll(response.Body)
	return response.StatusCode, string(read), err
}

func TestFaults(t *testing.T) {
	tests := []struct {
		name   string
		fault  faultproxy.Fault
		status int // 0 when there is an error
		served int64
	}{
		{"reset", faultproxy.Reset, 0, 0},
		{"reset after", faultproxy.ResetAfter(150), 0, 0},
		{"slow", faultproxy.Slow(time.Millisecond), 200, 1},
		{"silence", faultproxy.Silence, 0, 0},
		{"garbage", faultproxy.Garbage, 0, 0},
		{"answer", faultproxy.Answer(429, "too many", "Retry-After: 1"), 429, 0},
		{"lost answer", faultproxy.LoseAnswer, 0, 1},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			p, served := server(t)
			p.Next(test.fault)
			body := strings.Repeat("x", 4096)
			status, _, err := post(p, body)
			if status != test.status || (err == nil) != (status != 0) {
				t.Errorf("status %d, error %v, want status %d", status, err, test.status)
			}
			if n := served.Load(); n != test.served {
				t.Errorf("the server had %d requests, want %d", n, test.served)
			}
			if status, answer, err := post(p, body); status != 200 || answer != body || err != nil {
				t.Errorf("after the fault: status %d, %d bytes, error %v", status, len(answer), err)
			}
			if p.Injected() != 1 || p.Due() != 0 {
				t.Errorf("%d faults injected, %d due", p.Injected(), p.Due())
			}
		})
	}
}

func TestRefuse(t *testing.T) {
	p, _ := server(t)
	p.Refuse()
	if _, _, err := post(p, "x"); err == nil {
		t.Error("a connection was accepted")
	}
	if err := p.Resume(); err != nil {
		t.Fatal(err)
	}
	if status, _, err := post(p, "x"); status != 200 {
		t.Errorf("after resuming: status %d, error %v", status, err)
	}
	if p.Injected() != 1 {
		t.Errorf("%d faults injected, want 1", p.Injected())
	}
}

func TestCloseEndsWhatHangs(t *testing.T) {
	p, _ := server(t)
	p.Next(faultproxy.Silence)
	failed := make(chan error)
	go func() {
		_, _, err := post(p, "x")
		failed <- err
	}()
	for p.Due() > 0 {
		time.Sleep(time.Millisecond)
	}
	p.Close()
	if err := <-failed; err == nil {
		t.Errorf("error %v, want a reset", err)
	}
}
