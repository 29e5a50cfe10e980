package main

import (
	"context"
	"fmt"
	"testing"

	vm "github.com/VictoriaMetrics/metrics"
	prom "github.com/prometheus/client_golang/prometheus"
	"go.opentelemetry.io/otel/attribute"
	otel "go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/sdk/metric"

	"polymeter.dev"
)

// route is the label set of the look-ups.
type route struct{ Endpoint, Method, Code string }

var labelNames = []string{"endpoint", "method", "code"}

// routes are the label values that look-ups go through, so that none of them
// works on one hot line only.
var routes = func() []route {
	var all []route
	for i := range 16 {
		for _, method := range []string{"GET", "POST"} {
			for _, code := range []string{"200", "500"} {
				all = append(all, route{fmt.Sprintf("/api/users/%d", i), method, code})
			}
		}
	}
	return all
}()

// observations are spread over the default buckets, in no order that a branch
// predictor could learn.
var observations = func() []float64 {
	values := make([]float64, 4096)
	seed := uint64(1)
	for i := range values {
		seed = seed*6364136223846793005 + 1442695040888963407
		values[i] = float64(seed>>40) / (1 << 24) * 12
	}
	return values
}()

// alone repeats f in one goroutine; contended in as many as there are
// processors. f is told how often it has been called.
func alone(f func(i int)) func(*testing.B) {
	return func(b *testing.B) {
		b.ReportAllocs()
		for i := range b.N {
			f(i)
		}
	}
}

func contended(f func(i int)) func(*testing.B) {
	return func(b *testing.B) {
		b.ReportAllocs()
		b.RunParallel(func(pb *testing.PB) {
			for i := 0; pb.Next(); i++ {
				f(i)
			}
		})
	}
}

// work is a piece of work by library, each made afresh for alone and contended.
type work struct {
	library string
	make    func() func(i int)
}

// bothWays makes the rows of a piece of work, alone and contended.
func bothWays(name string, works []work) []comparison {
	one, many := comparison{name: name + ", alone"}, comparison{name: name + ", contended"}
	for _, w := range works {
		one.contenders = append(one.contenders, contender{w.library, alone(w.make())})
		many.contenders = append(many.contenders, contender{w.library, contended(w.make())})
	}
	return []comparison{one, many}
}

func instrumentWork() []comparison {
	var all []comparison
	all = append(all, bothWays("Inc", incWork())...)
	all = append(all, bothWays("look-up of 3 labels and Inc", lookUpWork())...)
	all = append(all, bothWays("Observe, 15 buckets", observeWork())...)
	return append(all, bothWays("Observe, native", nativeWork())...)
}

func incWork() []work {
	return []work{
		{"polymeter", func() func(int) {
			c := must(polymeter.NewRegistry(nil).NewCounter(polymeter.CounterOpts{Name: "inc"}))
			return func(int) { c.Inc() }
		}},
		{"client_golang", func() func(int) {
			c := prom.NewCounter(prom.CounterOpts{Name: "inc"})
			return func(int) { c.Inc() }
		}},
		{"VictoriaMetrics", func() func(int) {
			c := vm.NewSet().NewCounter("inc")
			return func(int) { c.Inc() }
		}},
		{"otel", func() func(int) {
			c := must(otelMeter().Int64Counter("inc"))
			ctx := context.Background()
			return func(int) { c.Add(ctx, 1) }
		}},
	}
}

func lookUpWork() []work {
	return []work{
		{"polymeter With", func() func(int) {
			v := must(polymeter.NewRegistry(nil).NewCounterVec(polymeter.CounterOpts{Name: "lookup", Labels: labelNames}))
			return func(i int) {
				r := &routes[i%len(routes)]
				v.With(r.Endpoint, r.Method, r.Code).Inc()
			}
		}},
		{"polymeter Typed", func() func(int) {
			v := must(polymeter.NewTypedCounter[route](polymeter.NewRegistry(nil), polymeter.CounterOpts{Name: "lookup"}))
			return func(i int) { v.With(routes[i%len(routes)]).Inc() }
		}},
		{"client_golang WithLabelValues", func() func(int) {
			v := prom.NewCounterVec(prom.CounterOpts{Name: "lookup"}, labelNames)
			return func(i int) {
				r := &routes[i%len(routes)]
				v.WithLabelValues(r.Endpoint, r.Method, r.Code).Inc()
			}
		}},
		{"VictoriaMetrics GetOrCreateCounter", func() func(int) {
			s := vm.NewSet()
			return func(i int) {
				r := &routes[i%len(routes)]
				s.GetOrCreateCounter(`lookup{endpoint="` + r.Endpoint + `",method="` + r.Method + `",code="` + r.Code + `"}`).Inc()
			}
		}},
		{"otel", func() func(int) {
			c := must(otelMeter().Int64Counter("lookup"))
			ctx := context.Background()
			return func(i int) {
				r := &routes[i%len(routes)]
				c.Add(ctx, 1, otel.WithAttributes(attribute.String("endpoint", r.Endpoint),
					attribute.String("method", r.Method), attribute.String("code", r.Code)))
			}
		}},
	}
}

func observeWork() []work {
	bounds := polymeter.DefaultBuckets()[:14]
	return []work{
		{"polymeter", func() func(int) {
			h := must(polymeter.NewRegistry(nil).NewHistogram(polymeter.HistogramOpts{Name: "observe"}))
			return func(i int) { h.Observe(observations[i%len(observations)]) }
		}},
		{"client_golang", func() func(int) {
			h := prom.NewHistogram(prom.HistogramOpts{Name: "observe", Buckets: bounds})
			return func(i int) { h.Observe(observations[i%len(observations)]) }
		}},
		{"VictoriaMetrics PrometheusHistogram", func() func(int) {
			h := vm.NewSet().NewPrometheusHistogramExt("observe", bounds)
			return func(i int) { h.Update(observations[i%len(observations)]) }
		}},
		{"otel", func() func(int) {
			h := must(otelMeter().Float64Histogram("observe", otel.WithExplicitBucketBoundaries(bounds...)))
			ctx := context.Background()
			return func(i int) { h.Record(ctx, observations[i%len(observations)]) }
		}},
	}
}

func nativeWork() []work {
	return []work{
		{"polymeter", func() func(int) {
			h := must(polymeter.NewRegistry(nil).NewHistogram(polymeter.HistogramOpts{Name: "native", Native: &polymeter.NativeOpts{}}))
			return func(i int) { h.Observe(observations[i%len(observations)]) }
		}},
		{"client_golang", func() func(int) {
			h := prom.NewHistogram(prom.HistogramOpts{Name: "native", NativeHistogramBucketFactor: 1.1, NativeHistogramMaxBucketNumber: 160})
			return func(i int) { h.Observe(observations[i%len(observations)]) }
		}},
		{"VictoriaMetrics vmrange", func() func(int) {
			h := vm.NewSet().NewHistogram("native")
			return func(i int) { h.Update(observations[i%len(observations)]) }
		}},
	}
}

// otelMeter returns a meter whose instruments count: without a reader they would
// do nothing.
func otelMeter() otel.Meter {
	return metric.NewMeterProvider(metric.WithReader(metric.NewManualReader())).Meter("benchmarks")
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}
