package remotewrite_test

import (
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"polymeter.dev/bridge/remotewrite"
)

// versions returns the versions of the requests that a receiver accepted.
func versions(r *receiver) (versions []string) {
	for _, request := range r.accepted() {
		versions = append(versions, request.header.Get("X-Prometheus-Remote-Write-Version"))
	}
	return versions
}

// TestFallback meets receivers that know version 1.0 alone, each of which says so in
// its own way.
func TestFallback(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		other answer // to version 2.0
	}{
		{"as receivers of 2.0 do", only("0.1.0", 415)},
		{"as receivers of 1.0 do", only("0.1.0", 400)},
		{"by taking the message for an empty one", uncounted},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				r := newReceiver(repeat(1000, test.other)...)
				w := newWriter(t, r, collecting(gauge("a", 1)), remotewrite.Options{})
				push(t, w)
				wantSelf(t, w, map[string]float64{`requests_total{outcome="unsupported"}`: 1, `requests_total{outcome="accepted"}`: 1, `protocol_version{}`: 1})
				for range 3 {
					time.Sleep(15 * time.Second)
					push(t, w)
				}
				wantSelf(t, w, map[string]float64{`requests_total{outcome="unsupported"}`: 1, `written_total{kind="sample"}`: 4, `lost_total{reason="rejected"}`: 0})
				time.Sleep(time.Hour) // 2.0 is tried again
				push(t, w)
				wantSelf(t, w, map[string]float64{`requests_total{outcome="unsupported"}`: 2, `written_total{kind="sample"}`: 5, `protocol_version{}`: 1})
			})
		})
	}
}

// uncounted accepts everything, and never says how much it has written.
var uncounted = status(200, "Uncounted: yes")

// TestUpgrade goes back to version 2.0 when the receiver has learned it.
func TestUpgrade(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newReceiver(only("0.1.0", 415), only("0.1.0", 415))
		w := newWriter(t, r, collecting(gauge("a", 1)), remotewrite.Options{})
		push(t, w)
		time.Sleep(59 * time.Minute)
		push(t, w)
		time.Sleep(2 * time.Minute)
		push(t, w)
		if got := versions(r); !slices.Equal(got, []string{"0.1.0", "0.1.0", "2.0.0"}) {
			t.Errorf("versions %q", got)
		}
	})
}

// TestFallbackIsNoHabit stays with version 2.0 when 1.0 is refused as well: then it was
// not the version.
func TestFallbackIsNoHabit(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newReceiver(status(400), status(400))
		w := newWriter(t, r, collecting(gauge("a", 1)), remotewrite.Options{})
		var refused *remotewrite.StatusError
		if err := w.Push(t.Context()); !errors.As(err, &refused) || refused.Status != 400 {
			t.Errorf("error %v", err)
		}
		time.Sleep(time.Second)
		push(t, w)
		if got := versions(r); !slices.Equal(got, []string{"2.0.0"}) {
			t.Errorf("versions %q", got)
		}
		wantSelf(t, w, map[string]float64{`lost_total{reason="rejected"}`: 1, `written_total{kind="sample"}`: 1})
	})
}

// TestFallbackThatFails repeats the batch in version 1.0 when that request was
// unlucky.
func TestFallbackThatFails(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newReceiver(only("0.1.0", 415), status(500), status(500))
		push(t, newWriter(t, r, collecting(gauge("a", 1)), remotewrite.Options{}))
		if got := versions(r); !slices.Equal(got, []string{"0.1.0"}) {
			t.Errorf("versions %q", got)
		}
	})
}

// TestFixedVersion never speaks another.
func TestFixedVersion(t *testing.T) {
	t.Parallel()
	for _, a := range []answer{status(415), status(400), uncounted} {
		synctest.Test(t, func(t *testing.T) {
			r := newReceiver(a)
			w := newWriter(t, r, collecting(gauge("a", 1)), remotewrite.Options{Protocol: remotewrite.Version2})
			if err := w.Push(t.Context()); err == nil {
				t.Error("no error")
			}
			if n := len(r.times()); n != 1 {
				t.Errorf("%d requests, want 1", n)
			}
			wantSelf(t, w, map[string]float64{`lost_total{reason="rejected"}`: 1, `protocol_version{}`: 2})
		})
	}
}
