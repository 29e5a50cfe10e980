//go:build linux

package crashtest

import (
	"path/filepath"
	"strings"
	"testing"

	"polymeter.dev/metric"
)

// recorded are a ledger after which every lane has made the same number of
// updates of all instruments, and one more that is under way, and the page that
// goes with it.
func recorded(t *testing.T, updates int) (*ledger, *page) {
	t.Helper()
	l, err := createLedger(filepath.Join(t.TempDir(), "ledger"))
	if err != nil {
		t.Fatal(err)
	}
	p := &page{values: map[string]float64{}, buckets: map[string]float64{}}
	for lane := range lanes {
		for i := range columns {
			var sum tally
			for range updates {
				sum, _ = columns[i].next(lane, sum)
			}
			l.done(lane, i, sum)
			sum, _ = columns[i].next(lane, sum)
			l.begin(lane, i, sum)
		}
	}
	n := readLedger(t, l)
	for i := range measures {
		m := &measures[i]
		low, _ := m.bounds(n, n)
		if columns[m.column].rounded && !m.count {
			low /= 1 - slack
		}
		p.values[m.name] = low
	}
	p.values["crash_recent"] = n.done(1, measureNamed(t, "crash_recent").column).value
	return l, p
}

func readLedger(t *testing.T, l *ledger) numbers {
	t.Helper()
	n, err := l.read()
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func measureNamed(t *testing.T, name string) *measure {
	t.Helper()
	for i := range measures {
		if measures[i].name == name {
			return &measures[i]
		}
	}
	t.Fatalf("no measure %q", name)
	return nil
}

// TestCheckFindsFaults makes pages wrong: a test that finds nothing wrong in a
// run proves something only if it would.
func TestCheckFindsFaults(t *testing.T) {
	t.Parallel()
	add := func(name string, v float64) func(*page) {
		return func(p *page) { p.values[name] += v }
	}
	set := func(name string, v float64) func(*page) {
		return func(p *page) { p.values[name] = v }
	}
	all := float64(len(lanes))
	for _, tt := range []struct {
		name  string
		spoil func(*page)
		want  string
	}{
		{"right", func(*page) {}, ""},
		{"all that is under way", add("crash_whole_total", all), ""},
		{"one too many", add("crash_whole_total", all+1), "crash_whole_total is 56, but at most 55 was begun"},
		{"one lost", add("crash_whole_total", -1), "crash_whole_total is 49, but 50 was acknowledged before"},
		{"a fraction lost", add("crash_eighths_total", -0.125), "crash_eighths_total"},
		{"a rounded sum", add("crash_tenths_total", -1e-10), ""},
		{"a rounded sum that is wrong", add("crash_tenths_total", -0.1), "crash_tenths_total"},
		{"a histogram's count", add("crash_classic_count", -1), "crash_classic_count"},
		{"a histogram's sum", add("crash_native_sum", 1e12), "crash_native_sum"},
		{"a summary that is gone", set("crash_summary_count", 0), "crash_summary_count"},
		{"an older maximum", set("crash_most", 9), "crash_most"},
		{"another's last value", set("crash_recent", signed(2, 11)), ""},
		{"an older value", set("crash_recent", signed(2, 9)), "crash_recent"},
		{"a value that was not set", set("crash_recent", 0), "crash_recent"},
		{"too many alive", set(liveName, all), liveName},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			l, p := recorded(t, 10)
			tt.spoil(p)
			n := readLedger(t, l)
			got := strings.Join(p.check(n, n), "\n")
			if !strings.Contains(got, tt.want) || (tt.want == "") != (got == "") {
				t.Errorf("got %q, want mention of %q", got, tt.want)
			}
		})
	}
}

// TestCheckComparesReaders has one reader see less than another one before, which
// by itself would be right.
func TestCheckComparesReaders(t *testing.T) {
	t.Parallel()
	l, p := recorded(t, 10)
	m := measureNamed(t, "crash_tenths_total")
	p.values[m.name] += 1e-13
	l.see(otherReader, p.seen())
	before, err := l.atLeast()
	if err != nil {
		t.Fatal(err)
	}
	if wrong := p.check(before, before); len(wrong) > 0 {
		t.Fatalf("%q", wrong)
	}
	p.values[m.name] -= 1e-13
	if wrong := p.check(before, before); len(wrong) != 1 || !strings.Contains(wrong[0], "earlier page") {
		t.Errorf("got %q", wrong)
	}
}

// TestCheckAfter compares two pages of one reader.
func TestCheckAfter(t *testing.T) {
	t.Parallel()
	native := func(schema int32, zero float64, counts ...float64) *metric.NativeHistogram {
		return &metric.NativeHistogram{
			Schema: schema, ZeroCount: zero,
			PositiveSpans: []metric.BucketSpan{{Offset: 1, Length: uint32(len(counts))}}, PositiveCounts: counts,
		}
	}
	at := func(sec int64) metric.Timestamp { return metric.NewTimestamp(sec, 0) }
	for _, tt := range []struct {
		name        string
		before, now page
		want        string
	}{
		{"nothing", page{}, page{}, ""},
		{"bucket grows", page{buckets: map[string]float64{"b": 1}}, page{buckets: map[string]float64{"b": 2}}, ""},
		{"bucket falls", page{buckets: map[string]float64{"b": 2}}, page{buckets: map[string]float64{"b": 1}}, "series b fell from 2 to 1"},
		{"bucket goes", page{buckets: map[string]float64{"b": 2}}, page{}, "series b fell from 2 to 0"},
		{"start goes back", page{starts: map[string]metric.Timestamp{"s": at(2)}}, page{starts: map[string]metric.Timestamp{"s": at(1)}}, ""},
		{"start moves on", page{starts: map[string]metric.Timestamp{"s": at(1)}}, page{starts: map[string]metric.Timestamp{"s": at(2)}}, "series s now begins"},
		{"native grows", natively(native(1, 0, 1, 2)), natively(native(1, 1, 1, 3)), ""},
		{"native at a lower resolution", natively(native(1, 0, 1, 2)), natively(native(0, 0, 3)), ""},
		{"native at a lower resolution falls", natively(native(1, 0, 1, 2)), natively(native(0, 0, 2)), "bucket 1 of schema 0 fell from 3 to 2"},
		{"native at a higher resolution", natively(native(0, 0, 3)), natively(native(1, 0, 1, 2)), "schema rose"},
		{"native moves", natively(native(1, 0, 1, 2)), natively(native(1, 0, 2, 1)), "bucket 2 of schema 1 fell from 2 to 1"},
		{"zero bucket falls", natively(native(1, 2)), natively(native(1, 1)), "zero bucket fell"},
		{"native goes", natively(native(1, 2)), page{}, "gone"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := strings.Join(tt.now.checkAfter(&tt.before), "\n")
			if !strings.Contains(got, tt.want) || (tt.want == "") != (got == "") {
				t.Errorf("got %q, want mention of %q", got, tt.want)
			}
		})
	}
}

func natively(h *metric.NativeHistogram) page {
	return page{native: map[string]*metric.NativeHistogram{"h": h}}
}

func TestCheckExemplar(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		text string
		ok   bool
	}{{"0.5 ", true}, {"0.5 0.5 0.5 ", true}, {"", false}, {"0.5 0.25 ", false}, {"0.5 0.", false}} {
		e := metric.Exemplar{Value: 0.5, Labels: metric.MustLabels(exemplarLabel, tt.text)}
		if err := checkExemplar(&e); (err == nil) != tt.ok {
			t.Errorf("label %q: %v", tt.text, err)
		}
	}
}
