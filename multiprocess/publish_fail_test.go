//go:build unix

package multiprocess_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"polymeter.dev/metric"
	"polymeter.dev/multiprocess"
)

// steps is a collector that does another thing at each collection, the last one
// from then on.
type steps struct {
	mu    sync.Mutex
	steps []metric.CollectorFunc
	calls int
}

func (s *steps) Collect(ctx context.Context, emit func(metric.Family) error) error {
	s.mu.Lock()
	step := s.steps[0]
	if s.calls++; len(s.steps) > 1 {
		s.steps = s.steps[1:]
	}
	s.mu.Unlock()
	return step(ctx, emit)
}

func all(families ...metric.Family) metric.CollectorFunc {
	return func(_ context.Context, emit func(metric.Family) error) error {
		return metric.EmitAll(emit, families...)
	}
}

// losses returns what an error of Refresh names, as "collector/family".
func losses(t testing.TB, err error) []string {
	t.Helper()
	if err == nil {
		return nil
	}
	errs := []error{err}
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		errs = joined.Unwrap()
	}
	var lost []string
	for _, err := range errs {
		var failed *metric.CollectError
		if !errors.As(err, &failed) {
			t.Fatalf("%v is not a CollectError", err)
		}
		lost = append(lost, failed.Collector+"/"+failed.Family)
	}
	return lost
}

type panics struct{}

func (panics) Desc() *metric.Desc { return &metric.Desc{Name: "b", Type: metric.TypeCounter} }

func (panics) Each(func(*metric.Sample) error) error { panic("no") }

// TestPublisherThatFails collects once as it should be, and then as it should
// not: what was lost stays as it was, and everything else is new.
func TestPublisherThatFails(t *testing.T) {
	t.Parallel()
	states := map[string]bool{}
	for i := range 65 {
		states[strconv.Itoa(i)] = true
	}
	many := metric.NewStateSetFamily("b", "")
	many.Add(states)
	sample := metric.Sample{Name: "b", Histogram: &metric.Histogram{Buckets: []metric.Bucket{{UpperBound: inf}}}}
	jobs := func(name string, v float64) metric.Family { return one(name, metric.TypeCounter, v) }
	instead := func(f metric.Family) metric.CollectorFunc { return all(jobs("a", 2), f, jobs("c", 2)) }
	const lost, whole = "*multiprocess_test.steps/b", "*multiprocess_test.steps/"
	for name, test := range map[string]struct {
		second metric.CollectorFunc
		want   string // values of the families a, b and c
		lost   []string
	}{
		"nothing fails":            {instead(jobs("b", 2)), "2 2 2", nil},
		"a family less":            {all(jobs("a", 2), jobs("c", 2)), "2 - 2", nil},
		"panic of a family":        {instead(panics{}), "2 1 2", []string{lost}},
		"invalid family":           {instead(raw("b", metric.TypeCounter, metric.Sample{Name: "\xff"})), "2 1 2", []string{lost}},
		"series twice":             {instead(raw("b", metric.TypeGauge, metric.Sample{Name: "b"}, metric.Sample{Name: "b"})), "2 1 2", []string{lost}},
		"family twice":             {all(jobs("a", 2), jobs("b", 2), jobs("c", 2), jobs("b", 3)), "2 2 2", []string{lost}},
		"does not compose":         {instead(one("b", metric.TypeHistogram, 1)), "2 1 2", []string{lost}},
		"other sample names":       {instead(raw("b", metric.TypeGauge, metric.Sample{Name: "other"})), "2 1 2", []string{lost}},
		"65 states":                {instead(many), "2 1 2", []string{lost}},
		"no state":                 {instead(one("b", metric.TypeStateSet, 1)), "2 1 2", []string{lost}},
		"histogram of no type":     {instead(raw("b", metric.TypeUnknown, sample)), "2 1 2", []string{lost}},
		"no description":           {instead(nil), "2 1 2", []string{whole}},
		"error":                    {func(context.Context, func(metric.Family) error) error { return errors.New("no") }, "1 1 1", []string{whole}},
		"panic":                    {func(context.Context, func(metric.Family) error) error { panic("no") }, "1 1 1", []string{whole}},
		"end of the goroutine":     {func(context.Context, func(metric.Family) error) error { runtime.Goexit(); return nil }, "1 1 1", []string{whole}},
		"hangs after two families": {hangsAfter(jobs("a", 2), jobs("b", 2)), "2 2 1", []string{whole}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				dir := t.TempDir()
				s := openNative(t, dir, "7")
				c := &steps{steps: []metric.CollectorFunc{all(jobs("a", 1), jobs("b", 1), jobs("c", 1)), test.second}}
				publish(t, s, c, &multiprocess.PublishOptions{Timeout: time.Second})
				publish(t, s, emitting(one("z", metric.TypeCounter, 1)), nil)
				merge := newCollector(t, dir, multiprocess.CollectorOptions{})
				refresh(t, s)
				if got := valuesOf(t, merge); got != "1 1 1" {
					t.Errorf("at first: got %s", got)
				}
				for range 2 {
					if diff := cmp.Diff(test.lost, losses(t, s.Refresh(t.Context()))); diff != "" {
						t.Errorf("losses (-want +got):\n%s", diff)
					}
					if got := valuesOf(t, merge); got != test.want {
						t.Errorf("got %s, want %s", got, test.want)
					}
				}
				if got, want := s.Stats().PublishLosses, uint64(2*len(test.lost)); got != want {
					t.Errorf("%d losses are counted, want %d", got, want)
				}
				closed(t, s)
				time.Sleep(2 * time.Hour) // the one that hangs must end with the bubble
			})
		})
	}
}

func hangsAfter(families ...metric.Family) metric.CollectorFunc {
	return func(_ context.Context, emit func(metric.Family) error) error {
		err := metric.EmitAll(emit, families...)
		time.Sleep(time.Hour)
		return err
	}
}

// valuesOf returns the values of the counters a, b and c, after checking that of
// z.
func valuesOf(t testing.TB, c metric.Collector) string {
	t.Helper()
	text := page(t, c)
	if !strings.HasSuffix(text, "z_total{} 1\n") {
		t.Errorf("another publisher's family is missing in\n%s", text)
	}
	var values []string
	for _, name := range []string{"a", "b", "c"} {
		value := "-"
		if _, rest, found := strings.Cut(text, name+"_total{} "); found {
			value, _, _ = strings.Cut(rest, "\n")
		}
		values = append(values, value)
	}
	return strings.Join(values, " ")
}

// TestPublishersThatClash has families of one name that are not of one type, and
// names that meet on a page.
func TestPublishersThatClash(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := openNative(t, dir, "7")
	publish(t, s, emitting(one("a", metric.TypeCounter, 1), one("h_sum", metric.TypeCounter, 1)), nil)
	publish(t, s, emitting(one("a", metric.TypeGauge, 2), one("b", metric.TypeCounter, 2)), nil)
	histogram := raw("h", metric.TypeHistogram, metric.Sample{Name: "h", Histogram: &metric.Histogram{Buckets: []metric.Bucket{{UpperBound: inf}}}})
	publish(t, s, emitting(histogram, one("a", metric.TypeCounter, 4)), nil)
	for range 2 {
		lost := losses(t, s.Refresh(t.Context()))
		if want := []string{"*multiprocess_test.emits/a", "*multiprocess_test.emits/h"}; !slices.Equal(lost, want) {
			t.Errorf("lost %q, want %q", lost, want)
		}
		want := lines(`# a counter`, `a_total{} 5`, `# b counter`, `b_total{} 2`, `# h_sum counter`, `h_sum_total{} 1`)
		if got := page(t, newCollector(t, dir, multiprocess.CollectorOptions{})); got != want {
			t.Errorf("got\n%s\nwant\n%s", got, want)
		}
	}
}

// TestPublishingOnAnInterval has the clock pass: a store publishes by itself, and
// self-metrics tell how long ago that was.
func TestPublishingOnAnInterval(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		s := openStore(t, dir, multiprocess.Options{Format: multiprocess.FormatNative, Identifier: named("7"), Interval: time.Minute})
		var hanging atomic.Bool
		calls := 0.0
		c := metric.CollectorFunc(func(ctx context.Context, emit func(metric.Family) error) error {
			if hanging.Load() {
				<-ctx.Done()
				return ctx.Err()
			}
			calls++
			return emit(one("calls", metric.TypeCounter, calls))
		})
		publish(t, s, c, nil)
		merge := newCollector(t, dir, multiprocess.CollectorOptions{})
		check := func(calls int, age string) {
			t.Helper()
			synctest.Wait()
			want := ""
			if calls > 0 {
				want = fmt.Sprintf("# calls counter\ncalls_total{} %d\n", calls)
			}
			if got := page(t, merge); got != want {
				t.Errorf("got %q, want %q", got, want)
			}
			if age != "" {
				age = "seconds{} " + age + "\n"
			}
			if self := page(t, s.SelfMetrics()); !strings.Contains(self, "gauge\npolymeter_store_publication_age_"+age) {
				t.Errorf("no age of %q in\n%s", age, self)
			}
			age = strings.Replace(age, "{}", `{pid="7"}`, 1)
			if self := page(t, merge.SelfMetrics()); age != "" && !strings.Contains(self, "publication_age_"+age) {
				t.Errorf("no age of %q in\n%s", age, self)
			}
		}
		time.Sleep(59 * time.Second)
		synctest.Wait()
		if got := page(t, merge); got != "" {
			t.Errorf("before the first interval has passed there is %q", got)
		}
		time.Sleep(time.Second)
		check(1, "0")
		time.Sleep(90 * time.Second)
		check(2, "30")
		hanging.Store(true)
		time.Sleep(105 * time.Second)
		check(2, "135") // it was asked twice, and had nothing to say
		hanging.Store(false)
		refresh(t, s)
		check(3, "0")
	})
}

// TestRefreshJoins has several wait for one collection.
func TestRefreshJoins(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := openNative(t, t.TempDir(), "7")
		release := make(chan struct{})
		c := &steps{steps: []metric.CollectorFunc{func(context.Context, func(metric.Family) error) error {
			<-release
			return errors.New("no")
		}}}
		publish(t, s, c, nil)
		var wait sync.WaitGroup
		for range 3 {
			wait.Go(func() {
				if lost := losses(t, s.Refresh(context.Background())); len(lost) != 1 {
					t.Errorf("lost %q", lost)
				}
			})
		}
		synctest.Wait()
		other := &steps{steps: []metric.CollectorFunc{all()}}
		publish(t, s, other, nil)
		wait.Go(func() { // which the collection under way knows nothing about
			if lost := losses(t, s.Refresh(context.Background())); len(lost) != 1 {
				t.Errorf("lost %q", lost)
			}
		})
		impatient, cancel := context.WithCancel(t.Context())
		wait.Go(func() {
			if err := s.Refresh(impatient); !errors.Is(err, context.Canceled) {
				t.Errorf("the error is %v", err)
			}
		})
		synctest.Wait()
		cancel()
		synctest.Wait()
		close(release)
		wait.Wait()
		if c.calls != 2 || other.calls != 1 {
			t.Errorf("%d and %d calls, want 2 and 1", c.calls, other.calls)
		}
	})
}

// TestPublishingWhatIsPublished refuses to go in a circle.
func TestPublishingWhatIsPublished(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := openNative(t, dir, "7")
	countOne(t, s, counterSpec())
	merge := newCollector(t, dir, multiprocess.CollectorOptions{})
	publish(t, s, merge, nil)
	publish(t, s, metric.CollectorFunc(func(ctx context.Context, _ func(metric.Family) error) error { return s.Refresh(ctx) }), nil)
	for range 2 {
		if lost := losses(t, s.Refresh(t.Context())); !slices.Equal(lost, []string{"*multiprocess.Collector/", "metric.CollectorFunc/"}) {
			t.Errorf("lost %q", lost)
		}
		if got := undated(t, merge); got != lines("# jobs counter", "jobs_total{} 1") {
			t.Errorf("got %s", got)
		}
	}
}
