package remotewrite_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"polymeter.dev/bridge/remotewrite"
	"polymeter.dev/internal/faultproxy"
)

// TestFaults reaches a receiver through a network in which everything goes wrong once,
// and then once more in version 1.0.
func TestFaults(t *testing.T) {
	t.Parallel()
	faults := []struct {
		name  string
		fault faultproxy.Fault
	}{
		{"reset", faultproxy.Reset},
		{"reset in the headers", faultproxy.ResetAfter(50)},
		{"reset in the body", faultproxy.ResetAfter(400)},
		{"slow", faultproxy.Slow(time.Millisecond)},
		{"silence", faultproxy.Silence},
		{"garbage", faultproxy.Garbage},
		{"lost answer", faultproxy.LoseAnswer},
		{"429", faultproxy.Answer(429, "too many", "Retry-After: 0")},
		{"429 for a second", faultproxy.Answer(429, "too many", "Retry-After: 1")},
		{"500", faultproxy.Answer(500, "broken")},
		{"502 with a page", faultproxy.Answer(502, "<html>"+strings.Repeat("x", 1<<20))},
		{"503", faultproxy.Answer(503, "")},
	}
	for name, version1 := range map[string]bool{"version 2.0": false, "version 1.0": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStore(version1)
			server := httptest.NewServer(s)
			defer server.Close()
			proxy, err := faultproxy.Start(server.Listener.Addr().String())
			if err != nil {
				t.Fatal(err)
			}
			defer proxy.Close()
			transport := &http.Transport{}
			defer transport.CloseIdleConnections()
			w, err := remotewrite.New("http://"+proxy.Addr()+"/api/v1/write", collecting(many(50)), &remotewrite.Options{
				Client: &http.Client{Transport: transport}, Timeout: 500 * time.Millisecond,
				MinBackoff: time.Millisecond, MaxBackoff: 10 * time.Millisecond, Logger: silent,
			})
			if err != nil {
				t.Fatal(err)
			}
			push(t, w)
			for i, fault := range faults {
				proxy.Next(fault.fault)
				push(t, w)
				if proxy.Due() > 0 {
					t.Fatalf("%s: no connection met it", fault.name)
				}
				if want := 50 * (i + 2); s.total() != want {
					t.Errorf("after %s there are %d samples, want %d", fault.name, s.total(), want)
				}
			}
			pushWhileRefused(t, w, proxy)
			if want := 50 * (len(faults) + 3); s.total() != want || s.outOfOrder != 0 {
				t.Errorf("there are %d samples, want %d; %d came out of order", s.total(), want, s.outOfOrder)
			}
			wantSelf(t, w, map[string]float64{`written_total{kind="sample"}`: float64(s.total()), `lost_total{reason="rejected"}`: 0})
			if s.repeated == 0 {
				t.Error("nothing was sent twice")
			}
		})
	}
}

// pushWhileRefused has one push for which there is no connection, and another.
func pushWhileRefused(t *testing.T, w *remotewrite.Writer, proxy *faultproxy.Proxy) {
	t.Helper()
	proxy.Refuse()
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if err := w.Push(ctx); err == nil {
		t.Error("a push without a connection succeeded")
	}
	if err := proxy.Resume(); err != nil {
		t.Fatal(err)
	}
	push(t, w)
}
