package remotewrite_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"polymeter.dev/bridge/remotewrite"
	"polymeter.dev/metric"
)

// many returns a family of n series.
func many(n int) metric.Family {
	f := metric.NewGaugeFamily("g", "", "n")
	for i := range n {
		f.Add(float64(i), fmt.Sprint(i))
	}
	return f
}

func TestBatches(t *testing.T) {
	t.Parallel()
	native := func(buckets int) metric.Family {
		f := metric.NewHistogramFamily("n", "", "n")
		for i := range 3 {
			h := &metric.NativeHistogram{Count: float64(buckets), Sum: 1, PositiveSpans: []metric.BucketSpan{{Length: uint32(buckets)}}}
			for range buckets {
				h.PositiveCounts = append(h.PositiveCounts, 1)
			}
			f.AddRow(metric.HistogramRow{LabelValues: []string{fmt.Sprint(i)}, Native: h, Sum: 1, Exemplars: []metric.Exemplar{{Value: 1}}})
		}
		return f
	}
	tests := []struct {
		name   string
		f      metric.Family
		o      remotewrite.Options
		counts []int
	}{
		{"one", many(10), remotewrite.Options{BatchSize: 10}, []int{10}},
		{"several", many(25), remotewrite.Options{BatchSize: 10}, []int{10, 10, 5}},
		{"native buckets and exemplars count", native(5), remotewrite.Options{BatchSize: 15}, []int{2, 1}},
		{"a histogram that is larger than a batch", native(50), remotewrite.Options{BatchSize: 10}, []int{1, 1, 1}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				r := newReceiver()
				push(t, newWriter(t, r, collecting(test.f), test.o))
				var counts []int
				for _, request := range r.accepted() {
					counts = append(counts, len(request.lines))
				}
				if fmt.Sprint(counts) != fmt.Sprint(test.counts) {
					t.Errorf("requests of %v samples, want %v", counts, test.counts)
				}
			})
		})
	}
}

// TestSeveralPoints sends samples of one series apart, so that a request which is
// repeated never has one that is older than what the receiver knows.
func TestSeveralPoints(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := metric.NewGaugeFamily("g", "", "n")
		for _, n := range []string{"a", "b"} {
			for seconds := range 3 {
				at := metric.TimestampOf(time.Now().Add(time.Duration(seconds-10) * time.Second))
				f.AddRow(metric.ValueRow{LabelValues: []string{n}, Value: 1, Timestamp: at})
			}
		}
		r := newReceiver()
		push(t, newWriter(t, r, collecting(f), remotewrite.Options{}))
		requests := r.accepted()
		for _, request := range requests {
			if len(request.lines) > 1 && series(request.lines[0]) == series(request.lines[1]) {
				t.Errorf("one request has %q", request.lines)
			}
		}
		if n := len(r.lines()); n != 6 {
			t.Errorf("received %d samples, want 6", n)
		}
	})
}

// TestQueueIsBounded keeps the newest samples while the receiver is away.
func TestQueueIsBounded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newReceiver(repeat(1000, status(503))...)
		w := newWriter(t, r, collecting(many(10)), remotewrite.Options{QueueSize: 25, BatchSize: 10})
		var last error
		for range 5 {
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			last = w.Push(ctx)
			cancel()
			if n := self(t, w)[`waiting_samples{}`]; n > 25 {
				t.Errorf("%v samples are waiting", n)
			}
		}
		if last == nil {
			t.Error("no error")
		}
		wantSelf(t, w, map[string]float64{`lost_total{reason="overflow"}`: 25, `waiting_samples{}`: 25})
		r.mu.Lock()
		r.answers = nil
		r.mu.Unlock()
		push(t, w)
		counts := map[string]int{}
		for _, line := range r.lines() {
			_, when, _ := strings.Cut(line, "@")
			counts[when]++
		}
		// The last push brought ten more, for which the oldest had to go.
		if want := "map[3000 gauge:5 4000 gauge:10 5000 gauge:10]"; fmt.Sprint(counts) != want {
			t.Errorf("received %v, want %s", counts, want)
		}
		wantSelf(t, w, map[string]float64{`lost_total{reason="overflow"}`: 35, `written_total{kind="sample"}`: 25})
	})
}

// TestQueueThatIsTooSmall loses a part of each collection, and says so.
func TestQueueThatIsTooSmall(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newReceiver()
		w := newWriter(t, r, collecting(many(10)), remotewrite.Options{QueueSize: 4})
		if err := w.Push(t.Context()); err == nil || !strings.Contains(err.Error(), "queue is full") {
			t.Errorf("error %v", err)
		}
		if n := len(r.lines()); n != 4 {
			t.Errorf("received %d samples", n)
		}
		wantSelf(t, w, map[string]float64{`lost_total{reason="overflow"}`: 6, `written_total{kind="sample"}`: 4})
	})
}

// TestShards sends on several connections at once, but each series on one.
func TestShards(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newReceiver()
		w := newWriter(t, r, collecting(many(100)), remotewrite.Options{Shards: 4})
		first := map[string]string{} // by series, the request that it came with first
		for i := range 3 {
			time.Sleep(time.Second)
			before := len(r.accepted())
			push(t, w)
			requests := r.accepted()[before:]
			if len(requests) != 4 {
				t.Errorf("%d requests, want 4", len(requests))
			}
			for _, request := range requests {
				for _, line := range request.lines {
					if i == 0 {
						first[series(line)] = series(request.lines[0])
					} else if first[series(line)] != first[series(request.lines[0])] {
						t.Errorf("%s came with %s, which it did not before", line, request.lines[0])
					}
				}
			}
		}
		wantSelf(t, w, map[string]float64{`written_total{kind="sample"}`: 300})
	})
}

// series returns the labels of a line.
func series(line string) string { return line[:strings.Index(line, "}")+1] }

// TestSlowShard has one shard whose receiver does not answer: the others go on.
func TestSlowShard(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newReceiver(hang)
		w := newWriter(t, r, collecting(many(100)), remotewrite.Options{Shards: 4})
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := w.Push(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("error %v", err)
		}
		if n := len(r.accepted()); n != 3 {
			t.Errorf("%d requests were accepted, want 3", n)
		}
		push(t, w)
	})
}
