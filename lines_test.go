package polymeter_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"polymeter.dev"
	"polymeter.dev/metric"
)

// lines collects and returns one line for each sample, without start times.
func lines(t testing.TB, c metric.Collector) []string {
	t.Helper()
	got, err := collect(c)
	if err != nil {
		t.Error(err)
	}
	return got
}

// collect is lines together with the error of Collect.
func collect(c metric.Collector) ([]string, error) {
	return collectContext(context.Background(), c)
}

func collectContext(ctx context.Context, c metric.Collector) ([]string, error) {
	var got []string
	err := c.Collect(ctx, func(f metric.Family) error {
		samples, err := metric.Expand(f, false)
		for _, s := range samples {
			line := s.Name
			if !s.Labels.IsZero() {
				line += s.Labels.String()
			}
			got = append(got, line+" "+string(metric.AppendValue(nil, s.Value)))
		}
		return err
	})
	return got, err
}

// wantLines compares what a collector shows with the wanted lines.
func wantLines(t testing.TB, c metric.Collector, want ...string) {
	t.Helper()
	if diff := cmp.Diff(want, lines(t, c)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// gather collects composite samples; every one is a copy.
func gather(t testing.TB, c metric.Collector) []metric.Sample {
	t.Helper()
	var got []metric.Sample
	err := c.Collect(context.Background(), func(f metric.Family) error {
		copied, err := metric.Copy(f)
		if err == nil {
			err = copied.Validate(metric.UTF8Validation)
		}
		if err != nil {
			return err
		}
		return copied.Each(func(s *metric.Sample) error {
			got = append(got, *s.Clone())
			return nil
		})
	})
	if err != nil {
		t.Error(err)
	}
	return got
}

// losses returns what a collection lost, as "collector/family".
func losses(t testing.TB, err error) []string {
	t.Helper()
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok {
		t.Fatalf("the error %v does not join losses", err)
	}
	var lost []string
	for _, e := range joined.Unwrap() {
		var loss *metric.CollectError
		if !errors.As(e, &loss) {
			t.Fatalf("%v is not a CollectError", e)
		}
		lost = append(lost, loss.Collector+"/"+loss.Family)
	}
	return lost
}

// rejections is an OnError that keeps the messages.
type rejections struct {
	messages chan string
}

func newRejections() rejections { return rejections{make(chan string, 100)} }

func (r rejections) add(err error) { r.messages <- err.Error() }

// want checks that the messages so far contain these texts, in order.
func (r rejections) want(t testing.TB, texts ...string) {
	t.Helper()
	var got []string
	for len(r.messages) > 0 {
		got = append(got, <-r.messages)
	}
	if !slices.EqualFunc(got, texts, strings.Contains) {
		t.Errorf("rejections\n%q\nwant\n%q", got, texts)
	}
}

// selfMetric returns a metric of the registry about itself.
func selfMetric(t testing.TB, r *polymeter.Registry, line string) string {
	t.Helper()
	for _, l := range lines(t, r.SelfMetrics()) {
		if rest, found := strings.CutPrefix(l, line+" "); found {
			return rest
		}
	}
	return "absent"
}
