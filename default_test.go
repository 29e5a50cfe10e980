package polymeter_test

import (
	"testing"

	"polymeter.dev"
)

func TestMust(t *testing.T) {
	t.Parallel()
	r := polymeter.NewRegistry(nil)
	jobs := polymeter.Must(r.NewCounter(polymeter.CounterOpts{Name: "jobs"}))
	jobs.Inc()
	wantLines(t, r, "jobs_total 1")

	_, want := r.NewGauge(polymeter.GaugeOpts{Name: "jobs_total"})
	if want == nil {
		t.Fatal("the name was given twice")
	}
	defer func() {
		if err, ok := recover().(error); !ok || err.Error() != want.Error() {
			t.Errorf("panic says %v, not %v", err, want)
		}
	}()
	polymeter.Must(r.NewGauge(polymeter.GaugeOpts{Name: "jobs_total"}))
	t.Error("no panic")
}
