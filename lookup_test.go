package polymeter_test

import (
	"context"
	"testing"

	"polymeter.dev"
	"polymeter.dev/metric"
)

func TestCollectorThatLooksUpASample(t *testing.T) {
	t.Parallel()
	r := polymeter.NewRegistry(nil)
	polymeter.Must(r.NewCounter(polymeter.CounterOpts{Name: "ok"})).Add(3)
	r.MustRegister(metric.CollectorFunc(func(_ context.Context, emit func(metric.Family) error) error {
		v, _ := r.SampleValue("ok_total", nil)
		f := metric.NewGaugeFamily("ok_twice", "")
		f.Add(2 * v)
		return emit(f)
	}))
	if v, found := r.SampleValue("ok_twice", nil); !found || v != 6 {
		t.Errorf("ok_twice = %v, %t, want 6", v, found)
	}
}
