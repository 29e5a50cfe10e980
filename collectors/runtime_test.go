package collectors_test

import (
	"context"
	"math"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"polymeter.dev/collectors"
	"polymeter.dev/metric"
)

func TestGoValues(t *testing.T) {
	t.Parallel()
	runtime.GC()
	got := samples(t, collectors.NewGo(nil))
	value := func(name string) float64 {
		s, ok := got[name]
		if !ok {
			t.Errorf("there is no %s", name)
		}
		return s.Value
	}
	for name, least := range map[string]float64{
		"go_goroutines":                    1,
		"go_threads":                       1,
		"go_memstats_alloc_bytes":          1 << 10,
		"go_memstats_alloc_bytes_total":    1 << 10,
		"go_memstats_mallocs_total":        100,
		"go_memstats_frees_total":          1,
		"go_memstats_heap_objects":         10,
		"go_memstats_stack_inuse_bytes":    1 << 10,
		"go_memstats_mspan_inuse_bytes":    1,
		"go_memstats_mcache_inuse_bytes":   1,
		"go_memstats_next_gc_bytes":        1 << 10,
		"go_memstats_gc_sys_bytes":         1,
		"go_memstats_heap_sys_bytes":       1 << 10,
		"go_memstats_last_gc_time_seconds": float64(time.Now().Add(-time.Hour).Unix()),
		"go_memstats_heap_inuse_bytes":     value("go_memstats_heap_alloc_bytes"),
		"go_memstats_sys_bytes":            value("go_memstats_heap_sys_bytes"),
		"go_memstats_stack_sys_bytes":      value("go_memstats_stack_inuse_bytes"),
		"go_memstats_mspan_sys_bytes":      value("go_memstats_mspan_inuse_bytes"),
		"go_memstats_mcache_sys_bytes":     value("go_memstats_mcache_inuse_bytes"),
		"go_memstats_heap_idle_bytes":      value("go_memstats_heap_released_bytes"),
		"go_memstats_other_sys_bytes":      0,
		"go_memstats_buck_hash_sys_bytes":  0,
		"go_memstats_heap_released_bytes":  0,
	} {
		if v := value(name); v < least {
			t.Errorf("%s is %v, less than %v", name, v, least)
		}
	}
	gogc := []metrics.Sample{{Name: "/gc/gogc:percent"}}
	metrics.Read(gogc)
	for name, want := range map[string]float64{
		"go_sched_gomaxprocs_threads":  float64(runtime.GOMAXPROCS(0)),
		"go_gc_gomemlimit_bytes":       float64(debug.SetMemoryLimit(-1)),
		"go_memstats_heap_alloc_bytes": value("go_memstats_alloc_bytes"),
		"go_memstats_heap_sys_bytes":   value("go_memstats_heap_inuse_bytes") + value("go_memstats_heap_idle_bytes"),
		"go_gc_gogc_percent":           float64(gogc[0].Value.Uint64()),
	} {
		if v := value(name); v != want {
			t.Errorf("%s is %v, want %v", name, v, want)
		}
	}
	if v, _ := got["go_info"].Labels.Lookup("version"); v != runtime.Version() {
		t.Errorf("the version is %q", v)
	}
}

func TestGCPauses(t *testing.T) {
	t.Parallel()
	c := collectors.NewGo(nil)
	for range 3 {
		runtime.GC()
	}
	s := samples(t, c)["go_gc_duration_seconds"].Summary
	if s == nil || s.Count < 3 || s.Sum <= 0 || s.Sum > 60 {
		t.Fatalf("got %+v", s)
	}
	var quantiles []float64
	for i, q := range s.Quantiles {
		quantiles = append(quantiles, q.Quantile)
		if q.Value < 0 || i > 0 && q.Value < s.Quantiles[i-1].Value {
			t.Errorf("quantiles do not rise: %v", s.Quantiles)
		}
	}
	if want := []float64{0, 0.25, 0.5, 0.75, 1}; !slices.Equal(quantiles, want) {
		t.Errorf("got quantiles %v, want %v", quantiles, want)
	}
}

// TestAllOfGo wants each metric of runtime/metrics, under a name of its own.
func TestAllOfGo(t *testing.T) {
	t.Parallel()
	some, all := collectors.NewGo(nil), collectors.NewGo(&collectors.GoOptions{All: true})
	shown := names(describe(t, all))
	if n := len(describe(t, some)); !slices.Equal(shown[:n], names(describe(t, some))) {
		t.Errorf("the default metrics are not the first of\n%s", strings.Join(shown, "\n"))
	}
	for _, d := range metrics.All() {
		if name, ok := collectors.RuntimeName(&d); !ok || !slices.Contains(shown, name) {
			t.Errorf("%s, which is %q, is missing", d.Name, name)
		}
	}
}

func TestRuntimeName(t *testing.T) {
	t.Parallel()
	const (
		number    = metrics.KindUint64
		histogram = metrics.KindFloat64Histogram
	)
	for _, tt := range []struct {
		name       string
		kind       metrics.ValueKind
		cumulative bool
		want       string
	}{
		{"/sched/goroutines:goroutines", number, false, "go_sched_goroutines_goroutines"},
		{"/gc/heap/allocs:bytes", number, true, "go_gc_heap_allocs_bytes_total"},
		{"/cpu/classes/gc/mark/assist:cpu-seconds", metrics.KindFloat64, true, "go_cpu_classes_gc_mark_assist_cpu_seconds_total"},
		{"/gc/heap/allocs-by-size:bytes", histogram, true, "go_gc_heap_allocs_by_size_bytes"},
		{"/a/b:objects/cpu-seconds*x", number, false, "go_a_b_objects_per_cpu_seconds_x"},
		{"/histogram/of/levels:bytes", histogram, false, ""},
		{"/unknown/kind:bytes", metrics.KindBad, false, ""},
		{"/strange/größe:bytes", number, false, ""},
		{"/without/unit", number, false, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, ok := collectors.RuntimeName(&metrics.Description{Name: tt.name, Kind: tt.kind, Cumulative: tt.cumulative})
			if ok != (tt.want != "") || ok && got != tt.want {
				t.Errorf("got %q, %v", got, ok)
			}
		})
	}
}

func TestBucketLayout(t *testing.T) {
	t.Parallel()
	inf := math.Inf(1)
	for _, tt := range []struct {
		name       string
		boundaries []float64
		unit       string
		counts     []uint64
		want       []metric.Bucket
		sum        float64
	}{
		{
			"sizes",
			[]float64{1, 9, 17, 25, 33, inf},
			"bytes",
			[]uint64{1, 2, 3, 4, 5},
			buckets(8, 1, 16, 3, 32, 10, inf, 15), 5 + 2*13 + 3*21 + 4*29 + 5*33,
		},
		{
			"times",
			[]float64{math.Inf(-1), 0, 64e-9, 128e-9, 256e-9, 16.5, 70, inf},
			"seconds",
			[]uint64{1, 0, 0, 4, 0, 2, 3},
			buckets(63e-9, 1, 255e-9, 5, 16.499999999, 5, inf, 10), 4*192e-9 + 2*43.25 + 3*70,
		},
		{
			"other units",
			[]float64{0, 0.5, 2},
			"objects",
			[]uint64{3, 4},
			buckets(math.Nextafter(0.5, 0), 3, math.Nextafter(2, 0), 7, inf, 7), 3*0.25 + 4*1.25,
		},
		{"one bucket", []float64{math.Inf(-1), inf}, "seconds", []uint64{7}, buckets(inf, 7), 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, sum := collectors.Layout(tt.boundaries, tt.unit, tt.counts)
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
			if math.Abs(sum-tt.sum) > 1e-12*tt.sum {
				t.Errorf("the sum is %v, want %v", sum, tt.sum)
			}
		})
	}
}

// buckets makes buckets out of their bounds and counts in turn.
func buckets(numbers ...float64) []metric.Bucket {
	var buckets []metric.Bucket
	for pair := range slices.Chunk(numbers, 2) {
		buckets = append(buckets, metric.Bucket{UpperBound: pair[0], Count: pair[1]})
	}
	return buckets
}

// TestRuntimeHistograms holds what is shown against the runtime's own buckets.
func TestRuntimeHistograms(t *testing.T) {
	t.Parallel()
	got := samples(t, collectors.NewGo(&collectors.GoOptions{All: true}))
	n := 0
	for _, d := range metrics.All() {
		if d.Kind != metrics.KindFloat64Histogram {
			continue
		}
		n++
		name, _ := collectors.RuntimeName(&d)
		h := got[name].Histogram
		if h == nil {
			t.Fatalf("%s is no histogram", name)
		}
		if err := h.Validate(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if len(h.Buckets) < 10 || len(h.Buckets) > 20 {
			t.Errorf("%s has %d buckets", name, len(h.Buckets))
		}
		after := []metrics.Sample{{Name: d.Name}}
		metrics.Read(after)
		theirs := after[0].Value.Float64Histogram()
		for _, b := range h.Buckets {
			if most := countBelow(theirs, b.UpperBound); b.Count > most {
				t.Errorf("%s: %v observations up to %v, the runtime has %v", name, b.Count, b.UpperBound, most)
			}
		}
	}
	if n == 0 {
		t.Error("the runtime has no histograms")
	}
	if s := got["go_gc_heap_allocs_by_size_bytes"].Histogram; s.Sum != got["go_gc_heap_allocs_bytes_total"].Value {
		t.Errorf("the sizes of all allocations make %v, not %v", s.Sum, got["go_gc_heap_allocs_bytes_total"].Value)
	}
}

// countBelow returns how many observations are in buckets that begin at most at
// the bound.
func countBelow(h *metrics.Float64Histogram, bound float64) float64 {
	var sum float64
	for i, n := range h.Counts {
		if h.Buckets[i] <= bound {
			sum += float64(n)
		}
	}
	return sum
}

func TestCountersNeverGoDown(t *testing.T) {
	t.Parallel()
	c := collectors.NewGo(&collectors.GoOptions{All: true})
	const name = "go_cpu_classes_user_cpu_seconds_total"
	collectors.RaiseMark(c, name, 1e12)
	for range 2 {
		if v := samples(t, c)[name].Value; v != 1e12 {
			t.Errorf("%s fell to %v", name, v)
		}
	}
}

// TestGoCollectAllocations admits one allocation, the view of its sample, for
// each family that is not a plain number.
func TestGoCollectAllocations(t *testing.T) {
	for name, c := range map[string]metric.Collector{
		"default": collectors.NewGo(nil),
		"all":     collectors.NewGo(&collectors.GoOptions{All: true}),
	} {
		t.Run(name, func(t *testing.T) {
			ctx := context.Background()
			visit := func(*metric.Sample) error { return nil }
			emit := func(f metric.Family) error { return f.Each(visit) }
			views := 0
			for _, d := range describe(t, c) {
				if d.Type.Composite() || d.Type == metric.TypeInfo {
					views++
				}
			}
			if n := testing.AllocsPerRun(20, func() { _ = c.Collect(ctx, emit) }); n > float64(views) {
				t.Errorf("a scrape allocates %v times, with %d views", n, views)
			}
		})
	}
}
