package graphite_test

import (
	"strings"
	"testing"

	"polymeter.dev/bridge/graphite"
	"polymeter.dev/metric"
)

// TestTagsAreWhatCarbonTakes has the values of labels that need a change.
func TestTagsAreWhatCarbonTakes(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, value, want string }{
		{"allowed", `a=b!^,.*/~é"{}[]`, `a=b!^,.*/~é"{}[]`},
		{"semicolon", "a;b", "a_b"},
		{"tilde", "~~a", "_~a"},
		{"blanks", " a\t\r\n\v\f\x1c\x1f\u0085\u00a0\u2003\u2028\u3000b", "_a____________b"},
		{"control characters", "a\x00\x7fb", "a__b"},
		{"no blank in Python", "a\u200bb", "a\u200bb"},
		{"another notation", `{"a":"b"}`, `{"a":"b"_`},
		{"and nearly", `a"}`, `a"}`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			f := metric.NewGaugeFamily("g", "", "l")
			f.Add(1, test.value)
			lines, _ := pushed(t, graphite.Options{Tags: true}, f)
			wantLines(t, lines, "g;l="+test.want+" 1 now")
		})
	}
}

func TestNamesOfTags(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"http.method": "http.method", "name": "exported_name", "a;b!c^d=e f": "a_b_c_d_e_f", "é": "é",
	} {
		f := metric.NewGaugeFamily("my metric.~", "", name)
		f.Add(1, "x")
		lines, _ := pushed(t, graphite.Options{Tags: true}, f)
		wantLines(t, lines, "my_metric.~;"+want+"=x 1 now")
	}
	order := metric.NewGaugeFamily("order", "", "a", "a.b", "ab")
	order.Add(1, "1", "2", "3")
	lines, _ := pushed(t, graphite.Options{Tags: true, Labels: map[string]string{"A": "0"}}, order)
	wantLines(t, lines, "order;A=0;a.b=2;a=1;ab=3 1 now") // as carbon orders them
	f := metric.NewGaugeFamily("~tilde", "", "empty")
	f.Add(1, "")
	lines, _ = pushed(t, graphite.Options{Tags: true}, f)
	wantLines(t, lines, "_tilde 1 now")
}

func TestLevelsKeepNothingButPlainCharacters(t *testing.T) {
	t.Parallel()
	f := metric.NewGaugeFamily("http.server", "", "a.b", "empty", "z")
	f.Add(1, "../é *{x}", "", "C:-_9")
	lines, _ := pushed(t, graphite.Options{}, f)
	wantLines(t, lines, "http_server.a_b._______x_.z.C:-_9 1 now")
	lines, _ = pushed(t, graphite.Options{Dots: true}, f)
	wantLines(t, lines, "http.server.a.b._._._____x_.z.C:-_9 1 now")
}

// TestSamplesThatCannotBeSent are counted, each for its reason.
func TestSamplesThatCannotBeSent(t *testing.T) {
	t.Parallel()
	same := metric.NewGaugeFamily("same", "", "l")
	same.Add(1, "a.b")
	same.Add(2, "a_b")
	long := metric.NewGaugeFamily("long", "", "l")
	long.Add(1, strings.Repeat("x", 16340))
	long.Add(2, strings.Repeat("x", 16341)) // too long if the value had all the digits it can have
	timed := metric.NewGaugeFamily("timed", "")
	for _, at := range []int64{-1, 0, 1<<32 - 1, 1 << 32} {
		timed.AddRow(metric.ValueRow{Value: 1, Timestamp: metric.NewTimestamp(at, 9e8)})
	}
	lines, counts := pushed(t, graphite.Options{}, same, long, timed)
	wantLines(t, lines, `
		same.l.a_b 1 now
		long.l.`+strings.Repeat("x", 16340)+` 1 now
		timed 1 0
		timed 1 4294967295
	`)
	for reason, want := range map[string]float64{"duplicate": 1, "too_long": 1, "out_of_time": 2, "nan": 0, "overflow": 0, "unnameable": 0} {
		if n := counts[`lost_total{reason="`+reason+`"}`]; n != want {
			t.Errorf("%v samples are lost as %s, want %v", n, reason, want)
		}
	}

	clash := metric.NewGaugeFamily("clash", "", "a b", "a;b")
	clash.Add(1, "x", "y")
	lines, counts = pushed(t, graphite.Options{Tags: true}, clash)
	if len(lines) > 0 || counts[`lost_total{reason="unnameable"}`] != 1 {
		t.Errorf("lines %q, %v lost", lines, counts[`lost_total{reason="unnameable"}`])
	}
}
