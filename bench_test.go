package polymeter_test

import (
	"context"
	"testing"

	"polymeter.dev"
	"polymeter.dev/metric"
)

type route struct{ Endpoint, Method, Code string }

func BenchmarkCounterInc(b *testing.B) {
	c := polymeter.NewRegistry(nil)
	k, _ := c.NewCounter(polymeter.CounterOpts{Name: "x"})
	for b.Loop() {
		k.Inc()
	}
}

func BenchmarkCounterIncParallel(b *testing.B) {
	c := polymeter.NewRegistry(nil)
	k, _ := c.NewCounter(polymeter.CounterOpts{Name: "x"})
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			k.Inc()
		}
	})
}

func BenchmarkWith(b *testing.B) {
	r := polymeter.NewRegistry(nil)
	v, _ := r.NewCounterVec(polymeter.CounterOpts{Name: "x", Labels: []string{"endpoint", "method", "code"}})
	for b.Loop() {
		v.With("/api/users", "GET", "200").Inc()
	}
}

func BenchmarkWithParallel(b *testing.B) {
	r := polymeter.NewRegistry(nil)
	v, _ := r.NewCounterVec(polymeter.CounterOpts{Name: "x", Labels: []string{"endpoint", "method", "code"}})
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			v.With("/api/users", "GET", "200").Inc()
		}
	})
}

func BenchmarkTypedWith(b *testing.B) {
	r := polymeter.NewRegistry(nil)
	v, _ := polymeter.NewTypedCounter[route](r, polymeter.CounterOpts{Name: "x"})
	for b.Loop() {
		v.With(route{"/api/users", "GET", "200"}).Inc()
	}
}

func BenchmarkObserve(b *testing.B) {
	r := polymeter.NewRegistry(nil)
	h, _ := r.NewHistogram(polymeter.HistogramOpts{Name: "x"})
	inputs := observations()
	for i := 0; b.Loop(); i++ {
		h.Observe(inputs[i&1023])
	}
}

func BenchmarkObserveParallel(b *testing.B) {
	r := polymeter.NewRegistry(nil)
	h, _ := r.NewHistogram(polymeter.HistogramOpts{Name: "x"})
	inputs := observations()
	b.RunParallel(func(pb *testing.PB) {
		for i := 0; pb.Next(); i++ {
			h.Observe(inputs[i&1023])
		}
	})
}

func BenchmarkObserveNative(b *testing.B) {
	r := polymeter.NewRegistry(nil)
	h, _ := r.NewHistogram(polymeter.HistogramOpts{Name: "x", Native: &polymeter.NativeOpts{}})
	inputs := observations()
	for i := 0; b.Loop(); i++ {
		h.Observe(inputs[i&1023])
	}
}

func BenchmarkCollect100k(b *testing.B) {
	r := polymeter.NewRegistry(nil)
	v, _ := r.NewCounterVec(polymeter.CounterOpts{Name: "x", Labels: []string{"n"}})
	for i := range 100_000 {
		v.With(string(rune(0x10000 + i))).Inc()
	}
	b.ReportAllocs()
	for b.Loop() {
		n := 0
		_ = r.Collect(context.Background(), func(f metric.Family) error {
			return f.Each(func(*metric.Sample) error { n++; return nil })
		})
		if n != 100_000 {
			b.Fatal(n)
		}
	}
}

// observations returns values spread over the default buckets, in no order
// that a branch predictor could learn.
func observations() []float64 {
	values := make([]float64, 1024)
	seed := uint64(1)
	for i := range values {
		seed = seed*6364136223846793005 + 1442695040888963407
		values[i] = float64(seed>>40) / (1 << 24) * 12
	}
	return values
}
