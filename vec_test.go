package polymeter_test

import (
	"fmt"
	"slices"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"polymeter.dev"
)

func counters(t testing.TB, r *polymeter.Registry, series polymeter.SeriesOpts, labels ...string) *polymeter.CounterVec {
	t.Helper()
	return polymeter.Must(r.NewCounterVec(polymeter.CounterOpts{Name: "c", Labels: labels, Series: series}))
}

func TestWith(t *testing.T) {
	t.Parallel()
	r := polymeter.NewRegistry(nil)
	v := counters(t, r, polymeter.SeriesOpts{}, "b", "a")
	v.With("1", "2").Inc()
	v.WithMap(map[string]string{"a": "2", "b": "1"}).Inc()
	v.With("", "").Inc()
	v.With("12", "").Inc()
	v.With("", "12").Inc()
	v.With("quote\"", "line\nbreak").Inc()
	wantLines(t, r,
		`c_total{a="2",b="1"} 2`, `c_total{a="",b=""} 1`, `c_total{a="",b="12"} 1`, `c_total{a="12",b=""} 1`,
		`c_total{a="line\nbreak",b="quote\""} 1`)
	first := v.With("1", "2")
	if v.With("1", "2") != first {
		t.Error("the same values gave two instruments")
	}
}

func TestWithWrongValues(t *testing.T) {
	t.Parallel()
	rejected := newRejections()
	r := polymeter.NewRegistry(&polymeter.RegistryOptions{OnError: rejected.add})
	v := counters(t, r, polymeter.SeriesOpts{}, "a", "b")
	for _, c := range []*polymeter.Counter{
		v.With("1"),
		v.With("1", "2", "3"),
		v.With(),
		v.With("1", "\xff"),
		v.WithMap(map[string]string{"a": "1"}),
		v.WithMap(map[string]string{"a": "1", "c": "2"}),
		v.WithMap(map[string]string{"a": "1", "b": "2", "c": "3"}),
	} {
		c.Inc()
		c.Add(-1)
		if c.Value() != 0 {
			t.Errorf("a counter that discards has the value %v", c.Value())
		}
	}
	wantLines(t, r)
	rejected.want(t, `["1"]`, `["1" "2" "3"]`, "0 label values", `"\xff"`, `"b" is missing`, `"b" is missing`, `"c":"3"`)
	if got := selfMetric(t, r, `polymeter_updates_rejected_total{reason="labels"}`); got != "7" {
		t.Errorf("polymeter_updates_rejected_total = %s, want 7", got)
	}
	if v.Delete("1") || v.DeleteMatching(map[string]string{"z": "1"}) != 0 {
		t.Error("wrong values deleted something")
	}
}

func TestDelete(t *testing.T) {
	t.Parallel()
	r := polymeter.NewRegistry(nil)
	v := counters(t, r, polymeter.SeriesOpts{}, "a", "b")
	held := v.With("1", "x")
	held.Add(5)
	v.With("1", "y").Inc()
	v.With("2", "x").Inc()
	if !v.Delete("1", "x") || v.Delete("1", "x") || v.Delete("9", "9") {
		t.Error("Delete reports the wrong thing")
	}
	held.Inc() // leads nowhere
	wantLines(t, r, `c_total{a="1",b="y"} 1`, `c_total{a="2",b="x"} 1`)
	v.With("1", "x").Inc()
	held.Inc()
	wantLines(t, r, `c_total{a="1",b="y"} 1`, `c_total{a="2",b="x"} 1`, `c_total{a="1",b="x"} 1`)
	if n := v.DeleteMatching(map[string]string{"a": "1"}); n != 2 || v.Len() != 1 {
		t.Errorf("%d deleted, %d left, want 2 and 1", n, v.Len())
	}
	wantLines(t, r, `c_total{a="2",b="x"} 1`)
	if n := v.DeleteMatching(nil); n != 1 {
		t.Errorf("%d deleted, want 1", n)
	}
	v.With("3", "x").Inc()
	v.Clear()
	wantLines(t, r)
	if v.Len() != 0 {
		t.Errorf("%d series after Clear", v.Len())
	}
}

// TestVecAgainstMap does random things to a vector and to a map.
func TestVecAgainstMap(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		r := polymeter.NewRegistry(nil)
		v := polymeter.Must(r.NewCounterVec(polymeter.CounterOpts{Name: "c", Labels: []string{"a", "b"}}))
		type key struct{ a, b string }
		model, order := map[key]float64{}, []key{}
		value := rapid.StringOfN(rapid.RuneFrom([]rune("aé")), 0, 40, -1)
		t.Repeat(map[string]func(*rapid.T){
			"count": func(t *rapid.T) {
				k := key{value.Draw(t, "a"), value.Draw(t, "b")}
				if _, exists := model[k]; !exists {
					order = append(order, k)
				}
				model[k]++
				v.With(k.a, k.b).Inc()
			},
			"delete": func(t *rapid.T) {
				if len(order) == 0 {
					return
				}
				i := rapid.IntRange(0, len(order)-1).Draw(t, "i")
				if !v.Delete(order[i].a, order[i].b) {
					t.Errorf("%q is not there", order[i])
				}
				delete(model, order[i])
				order = slices.Delete(order, i, i+1)
			},
			"clear": func(t *rapid.T) {
				if rapid.IntRange(0, 9).Draw(t, "chance") == 0 {
					v.Clear()
					model, order = map[key]float64{}, nil
				}
			},
			"": func(t *rapid.T) {
				want := make([]string, len(order))
				for i, k := range order {
					want[i] = fmt.Sprintf("c_total{a=%q,b=%q} %g", k.a, k.b, model[k])
				}
				if got, _ := collect(r); !slices.Equal(got, want) {
					t.Errorf("got\n%q\nwant\n%q", got, want)
				}
				if v.Len() != len(order) {
					t.Errorf("%d series, want %d", v.Len(), len(order))
				}
			},
		})
	})
}

func TestLimit(t *testing.T) {
	t.Parallel()
	r := polymeter.NewRegistry(nil)
	v := counters(t, r, polymeter.SeriesOpts{Limit: 2}, "a", "b")
	for i := range 10 {
		v.With(strconv.Itoa(i%5), "x").Inc()
	}
	v.With("\xff", "x").Inc()
	wantLines(t, r, `c_total{a="0",b="x"} 2`, `c_total{a="1",b="x"} 2`, `c_total{a="_overflow",b="_overflow"} 6`)
	if got := selfMetric(t, r, `polymeter_series_overflow_total{family="c"}`); got != "6" {
		t.Errorf("polymeter_series_overflow_total = %s, want 6", got)
	}
	v.Delete("0", "x")
	v.With("4", "x").Inc() // there is room again
	v.With("5", "x").Inc()
	wantLines(t, r, `c_total{a="1",b="x"} 2`, `c_total{a="_overflow",b="_overflow"} 7`, `c_total{a="4",b="x"} 1`)
	v.Clear()
	v.With(polymeter.OverflowValue, polymeter.OverflowValue).Inc() // asked for by name
	for i := range 3 {
		v.With(strconv.Itoa(i), "x").Inc()
	}
	wantLines(t, r, `c_total{a="_overflow",b="_overflow"} 2`, `c_total{a="0",b="x"} 1`, `c_total{a="1",b="x"} 1`)
	single := polymeter.Must(r.NewCounter(polymeter.CounterOpts{Name: "single", Series: polymeter.SeriesOpts{Limit: 1}}))
	single.Inc()
	if single.Value() != 1 {
		t.Error("a limit stopped an instrument without labels")
	}
}

func TestValuesInAdvance(t *testing.T) {
	t.Parallel()
	r := polymeter.NewRegistry(nil)
	counters(t, r, polymeter.SeriesOpts{Values: [][]string{{"GET", "PUT"}, {"ok", "failed"}}}, "method", "result")
	wantLines(t, r,
		`c_total{method="GET",result="ok"} 0`, `c_total{method="GET",result="failed"} 0`,
		`c_total{method="PUT",result="ok"} 0`, `c_total{method="PUT",result="failed"} 0`)
}

func TestIdleSeriesExpire(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := polymeter.NewRegistry(nil)
		v := counters(t, r, polymeter.SeriesOpts{IdleAfter: time.Minute}, "l")
		single := polymeter.Must(r.NewCounter(polymeter.CounterOpts{Name: "single", Series: polymeter.SeriesOpts{IdleAfter: time.Minute}}))
		kept := v.With("kept")
		v.With("idle").Inc()
		present := func() bool { return slices.Contains(lines(t, r), `c_total{l="idle"} 1`) }
		begun := time.Now()
		for time.Since(begun) < time.Minute {
			if !present() {
				t.Fatalf("the series was gone after %v", time.Since(begun))
			}
			time.Sleep(10 * time.Second)
			kept.Inc()
		}
		for present() && time.Since(begun) < time.Hour {
			time.Sleep(10 * time.Second)
			kept.Inc()
		}
		if after := time.Since(begun); after > 2*time.Minute+10*time.Second {
			t.Errorf("the series was there for %v", after)
		}
		if v.Len() != 1 {
			t.Errorf("%d series are left, want the one in use", v.Len())
		}
		time.Sleep(time.Hour)
		_ = lines(t, r)
		time.Sleep(time.Hour)
		wantLines(t, r, "single_total 0")
		single.Inc()
		wantLines(t, r, "single_total 1")
	})
}

type request struct {
	HTTPMethod string
	Code       int
	Cached     bool
	Shard      uint8  `label:"n"`
	Endpoint   string `label:"path"`
}

func TestTyped(t *testing.T) {
	t.Parallel()
	r := polymeter.NewRegistry(nil)
	v := polymeter.Must(polymeter.NewTypedCounter[request](r, polymeter.CounterOpts{Name: "c"}))
	a := request{"GET", 200, true, 7, "/"}
	held := v.With(a)
	held.Inc()
	v.With(a).Inc()
	v.Vec().With("GET", "200", "true", "7", "/").Inc()
	wantLines(t, r, `c_total{cached="true",code="200",http_method="GET",n="7",path="/"} 3`)
	if !v.Delete(a) || v.Delete(a) {
		t.Error("Delete reports the wrong thing")
	}
	held.Inc()
	wantLines(t, r)
	v.With(a).Inc() // must not be the deleted one
	v.With(request{Code: -1}).Inc()
	v.With(request{HTTPMethod: "\xff"}).Inc()
	wantLines(t, r,
		`c_total{cached="true",code="200",http_method="GET",n="7",path="/"} 1`,
		`c_total{cached="false",code="-1",http_method="",n="0",path=""} 1`)
}

func TestTypedOfStrings(t *testing.T) {
	t.Parallel()
	type method string
	type key struct {
		Method method
		Path   string
	}
	r := polymeter.NewRegistry(nil)
	v := polymeter.Must(polymeter.NewTypedGauge[key](r, polymeter.GaugeOpts{Name: "g"}))
	v.With(key{"GET", "/"}).Inc()
	v.With(key{"GET", "/"}).Inc()
	v.With(key{Path: "\xff"}).Inc()
	wantLines(t, r, `g{method="GET",path="/"} 2`)
	if !v.Delete(key{"GET", "/"}) || v.Delete(key{"GET", "/"}) {
		t.Error("Delete reports the wrong thing")
	}
	wantLines(t, r)
	if !r.Unregister(v) {
		t.Error("not unregistered")
	}
}

// TestTypedGrows makes and deletes so many series that tables are rebuilt.
func TestTypedGrows(t *testing.T) {
	t.Parallel()
	r := polymeter.NewRegistry(nil)
	v := polymeter.Must(polymeter.NewTypedGauge[struct{ N int }](r, polymeter.GaugeOpts{Name: "g"}))
	for round := range 3 {
		for i := range 1000 {
			v.With(struct{ N int }{i}).Add(float64(i))
		}
		for i := range 1000 {
			if got := v.With(struct{ N int }{i}).Value(); got != float64(i) {
				t.Fatalf("round %d: value of %d = %v", round, i, got)
			}
		}
		v.Vec().Clear()
	}
}

func TestTypedOverflow(t *testing.T) {
	t.Parallel()
	r := polymeter.NewRegistry(nil)
	v := polymeter.Must(polymeter.NewTypedCounter[struct{ N int }](r, polymeter.CounterOpts{Name: "c", Series: polymeter.SeriesOpts{Limit: 1}}))
	for i := range 3 {
		v.With(struct{ N int }{i}).Inc()
	}
	v.Delete(struct{ N int }{0})
	v.With(struct{ N int }{2}).Inc() // has its own series now
	wantLines(t, r, `c_total{n="_overflow"} 2`, `c_total{n="2"} 1`)
}

func TestWrongLabelTypes(t *testing.T) {
	t.Parallel()
	r := polymeter.NewRegistry(nil)
	opts := polymeter.CounterOpts{Name: "c"}
	tests := map[string]error{
		"no struct":  second(polymeter.NewTypedCounter[string](r, opts)),
		"unexported": second(polymeter.NewTypedCounter[struct{ a string }](r, opts)),
		"float":      second(polymeter.NewTypedCounter[struct{ A float64 }](r, opts)),
		"pointer":    second(polymeter.NewTypedCounter[struct{ A *string }](r, opts)),
		"labels too": second(polymeter.NewTypedCounter[route](r, polymeter.CounterOpts{Name: "c", Labels: []string{"a"}})),
		"twice": second(polymeter.NewTypedCounter[struct {
			A string
			B string `label:"a"`
		}](r, opts)),
	}
	for name, err := range tests {
		if err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if len(r.Catalogue()) != 0 {
		t.Error("a wrong declaration left something behind")
	}
}
