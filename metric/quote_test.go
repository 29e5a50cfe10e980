package metric_test

import (
	"fmt"
	"strings"
	"testing"

	"polymeter.dev/metric"
)

func TestQuoteName(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, in, metric, label string }{
		{"empty", "", "", ""},
		{"legacy", "a_b9", "a_b9", "a_b9"},
		{"colon", "a:b", "a:b", `"a:b"`},
		{"dot", "a.b", `"a.b"`, `"a.b"`},
		{"leading digit", "9", `"9"`, `"9"`},
		{"specials", "a\"\\\n", `"a\"\\\n"`, `"a\"\\\n"`},
		{"line feed at the end", "a\n", `"a\n"`, `"a\n"`},
		{"not ASCII", "é", `"é"`, `"é"`},
		{"other controls stay", "\r\t\x00", "\"\r\t\x00\"", "\"\r\t\x00\""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := metric.QuoteMetricName(tt.in); got != tt.metric {
				t.Errorf("QuoteMetricName(%q) = %s, want %s", tt.in, got, tt.metric)
			}
			if got := metric.QuoteLabelName(tt.in); got != tt.label {
				t.Errorf("QuoteLabelName(%q) = %s, want %s", tt.in, got, tt.label)
			}
		})
	}
}

func TestAppendQuoted(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"":             `""`,
		"/api/users":   `"/api/users"`,
		`\`:            `"\\"`,
		`"`:            `"\""`,
		"\n":           `"\n"`,
		`a\"b` + "\nc": `"a\\\"b\nc"`,
		`\n`:           `"\\n"`,
		"\\\\\n\n":     `"\\\\\n\n"`,
	} {
		if got := string(metric.AppendQuoted([]byte("a="), in)); got != "a="+want {
			t.Errorf("AppendQuoted(%q) = %s, want a=%s", in, got, want)
		}
	}
}

// Strings are scanned several bytes at a time, so every byte is tried at every
// place of a string that is longer than that.
func TestAppendQuotedEveryByteEverywhere(t *testing.T) {
	t.Parallel()
	reference := strings.NewReplacer(`\`, `\\`, "\n", `\n`, `"`, `\"`)
	for size := range 20 {
		for at := range size {
			for c := range 256 {
				raw := []byte(strings.Repeat("x", size))
				raw[at] = byte(c)
				want := `"` + reference.Replace(string(raw)) + `"`
				if got := string(metric.AppendQuoted(nil, string(raw))); got != want {
					t.Fatalf("AppendQuoted(%q) = %s, want %s", raw, got, want)
				}
			}
		}
	}
}

// The Prometheus text format leaves quotes in a help text alone; OpenMetrics
// 1.0, section "ABNF", escapes them.
func TestAppendEscapedHelp(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ in, text, openMetrics string }{
		{"", "", ""},
		{"Requests served.", "Requests served.", "Requests served."},
		{`say "a\b"` + "\n!", `say "a\\b"\n!`, `say \"a\\b\"\n!`},
	} {
		if got := string(metric.AppendEscapedHelp([]byte("x "), tt.in, false)); got != "x "+tt.text {
			t.Errorf("text form of %q is %q, want %q", tt.in, got, "x "+tt.text)
		}
		if got := string(metric.AppendEscapedHelp([]byte("x "), tt.in, true)); got != "x "+tt.openMetrics {
			t.Errorf("OpenMetrics form of %q is %q, want %q", tt.in, got, "x "+tt.openMetrics)
		}
	}
}

func TestAppendUnescaped(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"":           "",
		"abc":        "abc",
		`\\`:         `\`,
		`\"`:         `"`,
		`\n`:         "\n",
		`\z`:         `\z`,
		`\N`:         `\N`,
		`\é`:         `\é`,
		`a\`:         `a\`,
		`\`:          `\`,
		`\\n`:        `\n`,
		`\\\n`:       "\\\n",
		`a\\b\"c\nd`: "a\\b\"c\nd",
		`\z\n`:       "\\z\n",
	} {
		if got := string(metric.AppendUnescaped([]byte("x"), in)); got != "x"+want {
			t.Errorf("AppendUnescaped(%q) = %q, want %q", in, got, "x"+want)
		}
	}
}

func FuzzQuote(f *testing.F) {
	for _, s := range []string{"", "a", "a:b", "a.b", "a\"\\\n", `\z`, `\`, "\xff\n", `\\n\"`, `\\\`, `12345678\`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		quoted := string(metric.AppendQuoted(nil, s))
		inner := quoted[1 : len(quoted)-1]
		if strings.Contains(quoted, "\n") {
			t.Errorf("%q in quotes has a line feed", s)
		}
		if bare := strings.NewReplacer(`\\`, "", `\"`, "", `\n`, "").Replace(inner); strings.ContainsAny(bare, `\"`) {
			t.Errorf("%q in quotes is %s, which ends early", s, quoted)
		}
		if back := string(metric.AppendUnescaped(nil, inner)); back != s {
			t.Errorf("%q comes back as %q", s, back)
		}
		if help := string(metric.AppendEscapedHelp(nil, s, true)); help != inner {
			t.Errorf("as a help text %q is %q, in quotes %q", s, help, inner)
		}
		wantHelp := strings.NewReplacer(`\`, `\\`, "\n", `\n`).Replace(s)
		if help := string(metric.AppendEscapedHelp(nil, s, false)); help != wantHelp {
			t.Errorf("as a text help %q is %q, want %q", s, help, wantHelp)
		}
		wantName := quoted
		if s == "" || metric.IsLegacyMetricName(s) {
			wantName = s
		}
		if got := metric.QuoteMetricName(s); got != wantName {
			t.Errorf("QuoteMetricName(%q) = %s, want %s", s, got, wantName)
		}
		// And the other way: what stands between quotes may be anything.
		wantBack := strings.NewReplacer(`\\`, `\`, `\"`, `"`, `\n`, "\n").Replace(s)
		if back := string(metric.AppendUnescaped([]byte("x"), s)); back != "x"+wantBack {
			t.Errorf("%q is unescaped to %q, want %q", s, back, "x"+wantBack)
		}
	})
}

func TestQuoteAllocations(t *testing.T) {
	buf := make([]byte, 0, 256)
	allocs := testing.AllocsPerRun(100, func() {
		buf = metric.AppendQuoted(buf[:0], "a \"quoted\" \\ value\n")
		buf = metric.AppendEscapedHelp(buf, "two\nlines", false)
		buf = metric.AppendEscapedHelp(buf, "two\nlines", true)
		buf = metric.AppendUnescaped(buf, `two\nlines`)
		_ = metric.QuoteMetricName("http:requests")
		_ = metric.QuoteLabelName("method")
	})
	if allocs != 0 {
		t.Errorf("quoting allocates %v times", allocs)
	}
}

func BenchmarkAppendQuoted(b *testing.B) {
	for _, bm := range []struct{ name, value string }{
		{"short", "GET"},
		{"path", "/api/v1/users/search"},
		{"escapes", `C:\Program Files\"x"`},
		{"long", strings.Repeat("0123456789abcdef", 16)},
	} {
		b.Run(bm.name, func(b *testing.B) {
			buf := make([]byte, 0, 1024)
			b.SetBytes(int64(len(bm.value)))
			b.ReportAllocs()
			for b.Loop() {
				buf = metric.AppendQuoted(buf[:0], bm.value)
			}
		})
	}
}

func ExampleQuoteMetricName() {
	fmt.Println(metric.QuoteMetricName("http:requests"))
	fmt.Println(metric.QuoteMetricName("http.requests"))
	fmt.Println(metric.QuoteLabelName("http:method"))
	// Output:
	// http:requests
	// "http.requests"
	// "http:method"
}
