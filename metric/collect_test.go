package metric_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"polymeter.dev/metric"
)

// equal compares what families show: NaN equals NaN, and empty equals nil.
var equal = cmp.Options{
	cmpopts.EquateNaNs(),
	cmpopts.EquateEmpty(),
	cmp.Comparer(func(a, b metric.Labels) bool { return a == b }),
	cmp.Comparer(func(a, b metric.Timestamp) bool { return a == b }),
}

// samplesOf keeps what a family visits.
func samplesOf(t testing.TB, f metric.Family) []metric.Sample {
	t.Helper()
	samples, err := visited(f)
	if err != nil {
		t.Fatalf("Each: %v", err)
	}
	return samples
}

func visited(f metric.Family) ([]metric.Sample, error) {
	var samples []metric.Sample
	err := f.Each(func(s *metric.Sample) error {
		samples = append(samples, *s.Clone())
		return nil
	})
	return samples, err
}

func labels(t testing.TB, pairs ...string) metric.Labels {
	t.Helper()
	m := make(map[string]string)
	for i := 0; i < len(pairs); i += 2 {
		m[pairs[i]] = pairs[i+1]
	}
	l, err := metric.LabelsFromMap(m)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func checkSamples(t testing.TB, got, want []metric.Sample) {
	t.Helper()
	if diff := cmp.Diff(want, got, equal); diff != "" {
		t.Errorf("samples differ (-want +got):\n%s", diff)
	}
}

func checkError(t testing.TB, err error, want string) {
	t.Helper()
	switch {
	case want == "" && err != nil:
		t.Errorf("error %q, want none", err)
	case want != "" && err == nil:
		t.Errorf("no error, want %q", want)
	case want != "" && err.Error() != want:
		t.Errorf("error\n %q, want\n %q", err, want)
	}
}

// show prints a family in expanded form, for examples.
func show(f metric.Family) {
	samples, err := metric.Expand(f, true)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, s := range samples {
		fmt.Printf("%s%s %v\n", s.Name, s.Labels, s.Value)
	}
}

// fakeFamily visits copies of its samples and then returns err.
type fakeFamily struct {
	desc    *metric.Desc
	samples []metric.Sample
	err     error
}

func (f *fakeFamily) Desc() *metric.Desc { return f.desc }

func (f *fakeFamily) Each(visit func(*metric.Sample) error) error {
	for i := range f.samples {
		if err := visit(f.samples[i].Clone()); err != nil {
			return err
		}
	}
	return f.err
}

var errBroken = errors.New("broken")
