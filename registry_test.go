package polymeter_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"polymeter.dev"
	"polymeter.dev/metric"
	"polymeter.dev/multiprocess"
)

// described is a collector of one gauge that describes itself.
type described struct {
	name    string
	collect func(emit func(metric.Family) error) error
	calls   atomic.Int64
}

func (d *described) Describe() []*metric.Desc {
	return []*metric.Desc{{Name: d.name, Type: metric.TypeGauge}}
}

func (d *described) Collect(_ context.Context, emit func(metric.Family) error) error {
	d.calls.Add(1)
	if d.collect != nil {
		return d.collect(emit)
	}
	return emit(gauge(d.name, 1))
}

func gauge(name string, v float64) *metric.GaugeFamily {
	f := metric.NewGaugeFamily(name, "")
	f.Add(v)
	return f
}

func gauges(families ...metric.Family) metric.Collector {
	return metric.CollectorFunc(func(_ context.Context, emit func(metric.Family) error) error {
		return metric.EmitAll(emit, families...)
	})
}

func TestSecondDeclaration(t *testing.T) {
	t.Parallel()
	r := polymeter.NewRegistry(nil)
	opts := func() polymeter.HistogramOpts {
		return polymeter.HistogramOpts{
			Name: "x", Help: "h", Labels: []string{"a"}, Buckets: []float64{1, 2}, Native: &polymeter.NativeOpts{},
			Series: polymeter.SeriesOpts{Values: [][]string{{"v"}}},
		}
	}
	first := polymeter.Must(r.NewHistogramVec(opts()))
	if again := polymeter.Must(r.NewHistogramVec(opts())); again != first {
		t.Error("an identical declaration returned another vector")
	}
	for name, test := range map[string]struct {
		change func(*polymeter.HistogramOpts)
		want   string
	}{
		"help":    {func(o *polymeter.HistogramOpts) { o.Help = "other" }, `with the help "h"`},
		"labels":  {func(o *polymeter.HistogramOpts) { o.Labels = []string{"b"} }, `with the labels ["a"]`},
		"buckets": {func(o *polymeter.HistogramOpts) { o.Buckets = []float64{1, 3} }, "with the buckets [1 2 +Inf]"},
		"native":  {func(o *polymeter.HistogramOpts) { o.Native = nil }, "with other options"},
		"factor":  {func(o *polymeter.HistogramOpts) { o.Native.Factor = 2 }, "with other options"},
		"limit":   {func(o *polymeter.HistogramOpts) { o.Series.Limit = 5 }, "with other options"},
		"values":  {func(o *polymeter.HistogramOpts) { o.Series.Values[0][0] = "w" }, "with other options"},
	} {
		o := opts()
		test.change(&o)
		wantClash(t, name, test.want, second(r.NewHistogramVec(o)))
	}
	counter := polymeter.Must(r.NewCounter(polymeter.CounterOpts{Name: "c_total"}))
	if again := polymeter.Must(r.NewCounter(polymeter.CounterOpts{Name: "c", Labels: []string{}})); again != counter {
		t.Error("the name without _total or empty labels made another counter")
	}
	wantClash(t, "type", "as counter", second(r.NewGauge(polymeter.GaugeOpts{Name: "c"})))
	polymeter.Must(r.NewGauge(polymeter.GaugeOpts{Name: "g_bytes", Unit: "bytes", Mode: metric.GaugeMax}))
	wantClash(t, "unit", `with the unit "bytes"`, second(r.NewGauge(polymeter.GaugeOpts{Name: "g_bytes", Mode: metric.GaugeMax})))
	wantClash(t, "mode", "with the mode max", second(r.NewGauge(polymeter.GaugeOpts{Name: "g_bytes", Unit: "bytes"})))
}

// wantClash wants an error that says what an earlier declaration had.
func wantClash(t *testing.T, name, want string, err error) {
	t.Helper()
	if err == nil {
		t.Errorf("a declaration with another %s was taken", name)
	} else if !strings.HasSuffix(err.Error(), "it was declared before "+want) {
		t.Errorf("another %s: got %q, want it to end in %q", name, err, want)
	}
}

func TestOptionsAreCopied(t *testing.T) {
	t.Parallel()
	r := polymeter.NewRegistry(nil)
	o := polymeter.StateSetOpts{
		Name: "s", Labels: []string{"l"}, States: []string{"on"}, Series: polymeter.SeriesOpts{Values: [][]string{{"v"}}},
	}
	first := polymeter.Must(r.NewStateSetVec(o))
	o.Labels[0], o.States[0], o.Series.Values[0][0] = "other", "off", "w"
	wantLines(t, r, `s{l="v",s="on"} 1`)
	same := polymeter.StateSetOpts{
		Name: "s", Labels: []string{"l"}, States: []string{"on"}, Series: polymeter.SeriesOpts{Values: [][]string{{"v"}}},
	}
	if again := polymeter.Must(r.NewStateSetVec(same)); again != first {
		t.Error("the declaration changed with the caller's slices")
	}
}

func TestWrongDeclarations(t *testing.T) {
	t.Parallel()
	legacy := polymeter.NewRegistry(&polymeter.RegistryOptions{Validation: metric.LegacyValidation})
	utf8 := polymeter.NewRegistry(&polymeter.RegistryOptions{Validation: metric.UTF8Validation})
	tests := map[string]struct {
		err  error
		want string
	}{
		"empty name":       {second(utf8.NewCounter(polymeter.CounterOpts{})), `counter ""`},
		"invalid UTF-8":    {second(utf8.NewCounter(polymeter.CounterOpts{Name: "a\xff"})), `"a\xff"`},
		"not legacy":       {second(legacy.NewCounter(polymeter.CounterOpts{Name: "a.b"})), `"a.b"`},
		"label not legacy": {second(legacy.NewCounterVec(polymeter.CounterOpts{Name: "a", Labels: []string{"b.c"}})), `"b.c"`},
		"reserved label":   {second(utf8.NewCounterVec(polymeter.CounterOpts{Name: "a", Labels: []string{"__b"}})), `"__b"`},
		"label twice":      {second(utf8.NewCounterVec(polymeter.CounterOpts{Name: "a", Labels: []string{"b", "b"}})), `"b"`},
		"le":               {second(utf8.NewHistogramVec(polymeter.HistogramOpts{Name: "a", Labels: []string{"le"}})), `"le"`},
		"quantile":         {second(utf8.NewSummaryVec(polymeter.SummaryOpts{Name: "a", Labels: []string{"quantile"}})), `"quantile"`},
		"own name":         {second(utf8.NewStateSetVec(polymeter.StateSetOpts{Name: "a", States: []string{"b"}, Labels: []string{"a"}})), `"a"`},
		"labels":           {second(utf8.NewGauge(polymeter.GaugeOpts{Name: "a", Labels: []string{"b"}})), "vector"},
		"gauge mode":       {second(utf8.NewGauge(polymeter.GaugeOpts{Name: "a", Mode: 99})), "mode 99"},
		"descending":       {second(utf8.NewHistogram(polymeter.HistogramOpts{Name: "a", Buckets: []float64{2, 1}})), "ascending"},
		"NaN bound":        {second(utf8.NewHistogram(polymeter.HistogramOpts{Name: "a", Buckets: []float64{metric.NaN()}})), "NaN"},
		"native factor":    {second(utf8.NewHistogram(polymeter.HistogramOpts{Name: "a", Native: &polymeter.NativeOpts{Factor: 1}})), "factor 1"},
		"native threshold": {second(utf8.NewHistogram(polymeter.HistogramOpts{Name: "a", Native: &polymeter.NativeOpts{ZeroThreshold: -1}})), "threshold -1"},
		"native limit":     {second(utf8.NewHistogram(polymeter.HistogramOpts{Name: "a", Native: &polymeter.NativeOpts{MaxBuckets: -1}})), "limit -1"},
		"quantile range":   {second(utf8.NewSummary(polymeter.SummaryOpts{Name: "a", Quantiles: []float64{1.5}})), "1.5"},
		"quantile twice":   {second(utf8.NewSummary(polymeter.SummaryOpts{Name: "a", Quantiles: []float64{.5, .5}})), "twice"},
		"negative age":     {second(utf8.NewSummary(polymeter.SummaryOpts{Name: "a", MaxAge: -1})), "negative"},
		"no states":        {second(utf8.NewStateSet(polymeter.StateSetOpts{Name: "a"})), "0 states"},
		"state twice":      {second(utf8.NewStateSet(polymeter.StateSetOpts{Name: "a", States: []string{"b", "b"}})), `"b"`},
		"state not UTF-8":  {second(utf8.NewStateSet(polymeter.StateSetOpts{Name: "a", States: []string{"\xff"}})), `"\xff"`},
		"65 states":        {second(utf8.NewStateSet(polymeter.StateSetOpts{Name: "a", States: make([]string, 65)})), "65"},
		"values":           {second(utf8.NewCounterVec(polymeter.CounterOpts{Name: "a", Labels: []string{"b"}, Series: polymeter.SeriesOpts{Values: [][]string{{"c"}, {"d"}}}})), "in advance"},
		"target info":      {utf8.SetTargetInfo(map[string]string{"\xff": "x"}), `"\xff"`},
		"nil collector":    {utf8.Register(nil), "nil"},
	}
	for name, test := range tests {
		if test.err == nil {
			t.Errorf("%s: no error", name)
		} else if !strings.HasPrefix(test.err.Error(), "polymeter: ") || !strings.Contains(test.err.Error(), test.want) {
			t.Errorf("%s: error %q lacks the package's name or %q", name, test.err, test.want)
		}
	}
	if n := len(utf8.Catalogue()) + len(legacy.Catalogue()); n != 0 {
		t.Errorf("%d wrong declarations left something behind", n)
	}
	polymeter.Must(utf8.NewCounter(polymeter.CounterOpts{Name: "a.b"}))
}

func second[T any](_ T, err error) error { return err }

func TestClashesAreFoundEarly(t *testing.T) {
	t.Parallel()
	r := polymeter.NewRegistry(nil)
	polymeter.Must(r.NewCounter(polymeter.CounterOpts{Name: "jobs"}))
	polymeter.Must(r.NewHistogram(polymeter.HistogramOpts{Name: "size"}))
	polymeter.Must(r.NewInfo(polymeter.InfoOpts{Name: "build"}))
	for _, name := range []string{"jobs", "jobs_total", "jobs_created", "size", "size_bucket", "size_sum", "size_count", "build_info"} {
		if _, err := r.NewGauge(polymeter.GaugeOpts{Name: name}); err == nil {
			t.Errorf("a gauge took the name %s", name)
		}
		if err := r.Register(&described{name: name}); err == nil {
			t.Errorf("a collector took the name %s", name)
		}
		if err := r.NewGaugeFunc(polymeter.GaugeOpts{Name: name}, func() float64 { return 0 }); err == nil {
			t.Errorf("a callback took the name %s", name)
		}
	}
	polymeter.Must(r.NewGauge(polymeter.GaugeOpts{Name: "size_max"}))
	if err := r.SetTargetInfo(map[string]string{"a": "b"}); err != nil {
		t.Error(err)
	}
	if _, err := r.NewInfo(polymeter.InfoOpts{Name: "target"}); err == nil {
		t.Error("the target info's name was taken")
	}
}

func TestRegisteringDoesNotCollect(t *testing.T) {
	t.Parallel()
	r := polymeter.NewRegistry(nil)
	d := &described{name: "a"}
	r.MustRegister(d)
	called := false
	r.MustRegister(metric.CollectorFunc(func(context.Context, func(metric.Family) error) error {
		called = true
		return nil
	}))
	if d.calls.Load() != 0 || called {
		t.Error("registering collected")
	}
}

func TestDescribeByCollecting(t *testing.T) {
	t.Parallel()
	r := polymeter.NewRegistry(&polymeter.RegistryOptions{DescribeByCollecting: true})
	r.MustRegister(gauges(gauge("a", 1), gauge("b", 2)))
	if err := r.Register(gauges(gauge("b", 3))); err == nil {
		t.Error("a clash was not found")
	}
	calls := 0
	r.MustRegister(metric.CollectorFunc(func(_ context.Context, emit func(metric.Family) error) error {
		if calls++; calls == 1 {
			return errors.New("not yet")
		}
		return emit(gauge("late", 1))
	}))
	wantLines(t, r.Restrict([]string{"late"}), "late 1")
	wantLines(t, r, "a 1", "b 2", "late 1")
}

func TestRegisterTwice(t *testing.T) {
	t.Parallel()
	r := polymeter.NewRegistry(nil)
	d := &described{name: "a"}
	r.MustRegister(d)
	if r.Register(d) == nil {
		t.Error("a collector was registered twice")
	}
	if r.Register(r) == nil {
		t.Error("a registry was registered in itself")
	}
	// The type of this one may be compared, but its values panic.
	odd := boxed{[]int{1}}
	r.MustRegister(odd)
	r.MustRegister(odd)
	if r.Unregister(odd) || r.Unregister(nil) || r.Unregister(7) {
		t.Error("something was unregistered that cannot be recognised")
	}
}

func TestRegisterNothing(t *testing.T) {
	t.Parallel()
	r := polymeter.NewRegistry(nil)
	for name, c := range map[string]metric.Collector{
		"nil":           nil,
		"no registry":   (*polymeter.Registry)(nil),
		"no collection": (*multiprocess.Collector)(nil),
	} {
		if r.Register(c) == nil {
			t.Errorf("%s was registered", name)
		}
	}
}

// TestRegistryShowsItself registers a registry in itself by ways that are seen
// only when it is collected.
func TestRegistryShowsItself(t *testing.T) {
	t.Parallel()
	tests := map[string]func(r *polymeter.Registry) metric.Collector{
		"a view": func(r *polymeter.Registry) metric.Collector { return r.Restrict([]string{"a", "b"}) },
		"another registry": func(r *polymeter.Registry) metric.Collector {
			other := polymeter.NewRegistry(nil)
			other.MustRegister(gauges(gauge("b", 1)), r)
			return other
		},
	}
	for name, itself := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := polymeter.NewRegistry(nil)
			r.MustRegister(itself(r), gauges(gauge("a", 1)))
			seen := make(map[string]int)
			for _, c := range []metric.Collector{r, r.Restrict([]string{"a"})} {
				err := c.Collect(t.Context(), func(f metric.Family) error {
					seen[f.Desc().Name]++
					return nil
				})
				if lost := (*metric.CollectError)(nil); !errors.As(err, &lost) {
					t.Errorf("got error %v, want a CollectError", err)
				}
			}
			if seen["a"] != 2 {
				t.Errorf("the page has a %d times, want once in each of 2 collections", seen["a"])
			}
		})
	}
}

type boxed struct{ any }

func (boxed) Collect(context.Context, func(metric.Family) error) error { return nil }

func TestUnregister(t *testing.T) {
	t.Parallel()
	r := polymeter.NewRegistry(nil)
	d := &described{name: "d"}
	r.MustRegister(d)
	counter := polymeter.Must(r.NewCounter(polymeter.CounterOpts{Name: "c"}))
	vector := polymeter.Must(r.NewGaugeVec(polymeter.GaugeOpts{Name: "v", Labels: []string{"l"}}))
	typed := polymeter.Must(polymeter.NewTypedGauge[route](r, polymeter.GaugeOpts{Name: "t"}))
	functions := polymeter.Must(r.NewGaugeFuncVec(polymeter.GaugeOpts{Name: "f"}))
	snapshot := polymeter.Must(r.NewSnapshot(metric.Desc{Name: "s", Type: metric.TypeGauge}))
	for _, registered := range []any{d, counter, vector, typed, functions, snapshot} {
		if !r.Unregister(registered) {
			t.Errorf("%T was not unregistered", registered)
		}
		if r.Unregister(registered) {
			t.Errorf("%T was unregistered twice", registered)
		}
	}
	counter.Inc()
	vector.With("x").Inc()
	wantLines(t, r)
	for _, name := range []string{"d", "c", "v", "t", "f", "s"} {
		polymeter.Must(r.NewGauge(polymeter.GaugeOpts{Name: name}))
	}
	if new(polymeter.Registry).Unregister(counter) {
		t.Error("another registry unregistered it")
	}
}

func TestOrderFollowsRegistration(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := polymeter.NewRegistry(nil)
		slow := &described{name: "z"}
		slow.collect = func(emit func(metric.Family) error) error {
			time.Sleep(time.Second)
			return emit(gauge("z", 1))
		}
		r.MustRegister(slow)
		polymeter.Must(r.NewGauge(polymeter.GaugeOpts{Name: "y"}))
		undescribed := func(v float64) metric.Collector { return gauges(gauge("x", v)) }
		r.MustRegister(undescribed(1), undescribed(2))
		polymeter.Must(r.NewGauge(polymeter.GaugeOpts{Name: "a"}))
		got, err := collect(r)
		if diff := cmp.Diff([]string{"z 1", "y 0", "x 1", "a 0"}, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		if lost := losses(t, err); !slices.Equal(lost, []string{"metric.CollectorFunc/x"}) {
			t.Errorf("lost %q", lost)
		}
	})
}

func TestRestrict(t *testing.T) {
	t.Parallel()
	r := polymeter.NewRegistry(&polymeter.RegistryOptions{TargetInfo: map[string]string{"env": "prod"}})
	polymeter.Must(r.NewCounter(polymeter.CounterOpts{Name: "jobs"})).Inc()
	polymeter.Must(r.NewHistogram(polymeter.HistogramOpts{Name: "size", Buckets: []float64{1}})).Observe(1)
	described, other := &described{name: "d"}, &described{name: "e"}
	r.MustRegister(described, other, gauges(gauge("f", 1), gauge("g", 1)))

	size := []string{`size_bucket{le="1.0"} 1`, `size_bucket{le="+Inf"} 1`, "size_count 1", "size_sum 1"}
	tests := map[string]struct{ names, want []string }{
		"none":        {nil, nil},
		"unknown":     {[]string{"nothing"}, nil},
		"family":      {[]string{"jobs"}, []string{"jobs_total 1"}},
		"sample":      {[]string{"jobs_total"}, []string{"jobs_total 1"}},
		"one bucket":  {[]string{"size_bucket"}, size},
		"several":     {[]string{"size_sum", "jobs", "size"}, append([]string{"jobs_total 1"}, size...)},
		"described":   {[]string{"d"}, []string{"d 1"}},
		"undescribed": {[]string{"g"}, []string{"g 1"}},
		"target":      {[]string{"target_info"}, []string{`target_info{env="prod"} 1`}},
	}
	for name, test := range tests {
		if diff := cmp.Diff(test.want, lines(t, r.Restrict(test.names))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	if described.calls.Load() != 1 || other.calls.Load() != 0 {
		t.Errorf("described collectors were collected %d and %d times, want 1 and 0", described.calls.Load(), other.calls.Load())
	}
	outer := polymeter.NewRegistry(nil)
	outer.MustRegister(r)
	wantLines(t, outer.Restrict([]string{"e"}), "e 1")
	if described.calls.Load() != 1 {
		t.Error("a registry in a registry did not restrict itself")
	}
}

func TestTargetInfo(t *testing.T) {
	t.Parallel()
	r := polymeter.NewRegistry(nil)
	if r.TargetInfo() != nil {
		t.Error("there is target info from the start")
	}
	polymeter.Must(r.NewGauge(polymeter.GaugeOpts{Name: "a"}))
	for _, labels := range []map[string]string{{"env": "test"}, {"env": "prod", "zone": "a"}} {
		if err := r.SetTargetInfo(labels); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(labels, r.TargetInfo()); diff != "" {
			t.Error(diff)
		}
	}
	wantLines(t, r, `target_info{env="prod",zone="a"} 1`, "a 0")
	if err := r.SetTargetInfo(nil); err != nil {
		t.Fatal(err)
	}
	wantLines(t, r, "a 0")
	polymeter.Must(r.NewGauge(polymeter.GaugeOpts{Name: "target_info"}))
	if r.SetTargetInfo(map[string]string{"a": "b"}) == nil {
		t.Error("target info took the name of a gauge")
	}
}

func TestSampleValue(t *testing.T) {
	t.Parallel()
	r := polymeter.NewRegistry(nil)
	polymeter.Must(r.NewCounterVec(polymeter.CounterOpts{Name: "jobs", Labels: []string{"kind"}})).With("a").Add(3)
	polymeter.Must(r.NewHistogram(polymeter.HistogramOpts{Name: "size", Buckets: []float64{1, 2}})).Observe(1.5)
	tests := []struct {
		name   string
		labels map[string]string
		value  float64
		found  bool
	}{
		{"jobs_total", map[string]string{"kind": "a"}, 3, true},
		{"jobs_total", map[string]string{"kind": "b"}, 0, false},
		{"jobs_total", nil, 0, false},
		{"jobs", map[string]string{"kind": "a"}, 0, false},
		{"size_bucket", map[string]string{"le": "2.0"}, 1, true},
		{"size_sum", nil, 1.5, true},
		{"size_sum", map[string]string{"\xff": ""}, 0, false},
	}
	for _, test := range tests {
		if value, found := r.SampleValue(test.name, test.labels); value != test.value || found != test.found {
			t.Errorf("%s%v = %v, %t, want %v, %t", test.name, test.labels, value, found, test.value, test.found)
		}
	}
}
