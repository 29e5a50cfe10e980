package metric_test

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"polymeter.dev/metric"
)

var escapings = []metric.Escaping{metric.Underscores, metric.AllowUTF8, metric.Dots, metric.Values}

// Expected values follow
// https://prometheus.io/docs/instrumenting/escaping_schemes/, and where all
// implementations agree on something else, those: hexadecimal digits are lower
// case, an illegal character in the dots scheme becomes two underscores, and
// the values scheme leaves legacy names alone.
func TestEscapeMetricName(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, in, underscores, dots, values string }{
		{"empty", "", "", "", ""},
		{"legacy", "abc", "abc", "abc", "abc"},
		{"legacy with underscore", "a_b", "a_b", "a__b", "a_b"},
		{"legacy with colon", "a:b", "a:b", "a:b", "a:b"},
		{"legacy with underscore and colon", "a:b_c", "a:b_c", "a:b__c", "a:b_c"},
		{"two leading underscores", "__x", "__x", "____x", "__x"},
		{"only an underscore", "_", "_", "__", "_"},
		{"slashes, from the page", "metric.name/with/slashes", "metric_name_with_slashes", "metric_dot_name__with__slashes", "U__metric_2e_name_2f_with_2f_slashes"},
		{"dots, from the page", "metric.name.with.dots", "metric_name_with_dots", "metric_dot_name_dot_with_dot_dots", "U__metric_2e_name_2e_with_2e_dots"},
		{"value, from the page", "metric.name", "metric_name", "metric_dot_name", "U__metric_2e_name"},
		{"leading digit", "1.2", "__2", "___dot_2", "U___31__2e_2"},
		{"leading digit alone", "9", "_", "__", "U___39_"},
		{"dot and underscore", "a.b_c", "a_b_c", "a_dot_b__c", "U__a_2e_b__c"},
		{"dot and colon", "a.b:c", "a_b:c", "a_dot_b:c", "U__a_2e_b:c"},
		{"blank", "a b", "a_b", "a__b", "U__a_20_b"},
		{"line feed at the end", "a\n", "a_", "a__", "U__a_a_"},
		{"quote and backslash", `"\`, "__", "____", "U___22__5c_"},
		{"two bytes", "é", "_", "__", "U___e9_"},
		{"four bytes", "a😀", "a_", "a__", "U__a_1f600_"},
		{"largest code point", "\U0010FFFF", "_", "__", "U___10ffff_"},
		{"NUL", "a\x00", "a_", "a__", "U__a_0_"},
		{"replacement character", "\uFFFD", "_", "__", "U___fffd_"},
		{"invalid bytes, one character each", "a\xff\xfe", "a__", "a____", "U__a_fffd__fffd_"},
		{"marked already, legacy", "U__a_2e_b", "U__a_2e_b", "U____a__2e__b", "U__a_2e_b"},
		{"marked already, not legacy", "U__a.b", "U__a_b", "U____a_dot_b", "U__U____a_2e_b"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			want := map[metric.Escaping]string{
				metric.AllowUTF8: tt.in, metric.Underscores: tt.underscores, metric.Dots: tt.dots, metric.Values: tt.values,
			}
			for _, e := range escapings {
				if got := e.EscapeMetricName(tt.in); got != want[e] {
					t.Errorf("%v of %q = %q, want %q", e, tt.in, got, want[e])
				}
			}
		})
	}
}

// A label name differs from a metric name in that a colon is illegal.
func TestEscapeLabelName(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, in, underscores, dots, values string }{
		{"empty", "", "", "", ""},
		{"legacy", "a_b", "a_b", "a__b", "a_b"},
		{"colon", "a:b", "a_b", "a__b", "U__a_3a_b"},
		{"leading colon", ":b_", "_b_", "__b__", "U___3a_b__"},
		{"colon and dot", "a:b.c", "a_b_c", "a__b_dot_c", "U__a_3a_b_2e_c"},
		{"leading digit", "1", "_", "__", "U___31_"},
		{"reserved", "__x", "__x", "____x", "__x"},
		{"line feed at the end", "a\n", "a_", "a__", "U__a_a_"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			want := map[metric.Escaping]string{
				metric.AllowUTF8: tt.in, metric.Underscores: tt.underscores, metric.Dots: tt.dots, metric.Values: tt.values,
			}
			for _, e := range escapings {
				if got := e.EscapeLabelName(tt.in); got != want[e] {
					t.Errorf("%v of %q = %q, want %q", e, tt.in, got, want[e])
				}
			}
		})
	}
}

func TestUnescapeValues(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, in, want string }{
		{"empty", "", ""},
		{"not marked", "a_2e_b", "a_2e_b"},
		{"only the mark", "U__", ""},
		{"half the mark", "U_", "U_"},
		{"lower-case mark", "u__a_2e_b", "u__a_2e_b"},
		{"dot", "U__a_2e_b", "a.b"},
		{"dot, as the page writes it", "U__metric_2E_name", "metric.name"},
		{"underscore", "U__a__b", "a_b"},
		{"only underscores", "U______", "__"},
		{"character, underscore, character", "U___31____31_", "1_1"},
		{"neighbours", "U___31__2e_2", "1.2"},
		{"leading zeros", "U___00002e_", "."},
		{"largest code point", "U___10FFFF_", "\U0010FFFF"},
		{"NUL", "U___0_", "\x00"},
		{"colon", "U__a:b_2e_", "a:b."},
		{"surrogate", "U__a_D800_b", "U__a_D800_b"},
		{"last surrogate", "U__a_dfff_b", "U__a_dfff_b"},
		{"above Unicode", "U___110000_", "U___110000_"},
		{"seven digits", "U___000002e_", "U___000002e_"},
		{"not closed, no digits", "U__a_", "U__a_"},
		{"not closed", "U__a_2e", "U__a_2e"},
		{"no hexadecimal digit", "U__a_2g_b", "U__a_2g_b"},
		{"sign", "U__a_-1_b", "U__a_-1_b"},
		{"error after a good part", "U__a_2e_b_zz_", "U__a_2e_b_zz_"},
		{"odd underscores", "U__a___b", "U__a___b"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := metric.Values.UnescapeMetricName(tt.in); got != tt.want {
				t.Errorf("UnescapeMetricName(%q) = %q, want %q", tt.in, got, tt.want)
			}
			if got := metric.Values.UnescapeLabelName(tt.in); got != tt.want {
				t.Errorf("UnescapeLabelName(%q) = %q, want %q", tt.in, got, tt.want)
			}
		})
	}
}

func TestUnescapeDots(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"":               "",
		"a":              "a",
		"a_dot_b":        "a.b",
		"a_dot__dot_b":   "a..b",
		"a__b":           "a_b",
		"a_b":            "a_b",
		"a___dot_b":      "a_.b",
		"___dot_2":       "_.2",   // of 1.2: lossy
		"a__dot__b":      "a_._b", // of a_dot_b: lossy
		"a_dot_dot_b":    "a.dot_b",
		"_dot_":          ".",
		"metric_dot_a__": "metric.a_",
	} {
		if got := metric.Dots.UnescapeMetricName(in); got != want {
			t.Errorf("UnescapeMetricName(%q) = %q, want %q", in, got, want)
		}
		if got := metric.Dots.UnescapeLabelName(in); got != want {
			t.Errorf("UnescapeLabelName(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestUnescapeIdentity(t *testing.T) {
	t.Parallel()
	for _, e := range []metric.Escaping{metric.Underscores, metric.AllowUTF8} {
		for _, name := range []string{"", "U__a_2e_b", "a_dot_b", "é"} {
			if got := e.UnescapeMetricName(name); got != name {
				t.Errorf("%v: UnescapeMetricName(%q) = %q", e, name, got)
			}
			if got := e.UnescapeLabelName(name); got != name {
				t.Errorf("%v: UnescapeLabelName(%q) = %q", e, name, got)
			}
		}
	}
}

func TestParseEscaping(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]metric.Escaping{
		"underscores": metric.Underscores, "allow-utf-8": metric.AllowUTF8, "dots": metric.Dots, "values": metric.Values,
	} {
		got, err := metric.ParseEscaping(name)
		if err != nil || got != want {
			t.Errorf("ParseEscaping(%q) = %v, %v", name, got, err)
		}
		if got.String() != name {
			t.Errorf("%q comes back as %q", name, got)
		}
	}
	for _, name := range []string{"", "Dots", "dots ", "invalid", "utf-8"} {
		if got, err := metric.ParseEscaping(name); err == nil || !strings.Contains(err.Error(), fmt.Sprintf("%q", name)) {
			t.Errorf("ParseEscaping(%q) = %v, %v", name, got, err)
		}
	}
}

func TestEscapingZeroAndInvalid(t *testing.T) {
	t.Parallel()
	var zero metric.Escaping
	if zero != metric.Underscores {
		t.Errorf("the zero value is %v", zero)
	}
	invalid := metric.Escaping(99)
	if got := invalid.String(); got != "invalid" {
		t.Errorf("String() = %q", got)
	}
	if got := invalid.EscapeMetricName("a.b"); !metric.IsLegacyMetricName(got) {
		t.Errorf("an invalid scheme shows %q", got)
	}
}

func TestValuesRoundTrip(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.OneOf(rapid.String(), rapid.StringMatching(`[a_:9.U😀]{0,8}`)).Draw(t, "name")
		checkEscape(t, name)
	})
}

func FuzzEscape(f *testing.F) {
	for _, name := range []string{"", "a_b", "a.b", "1.2", "a:b", "U__", "U__a.b", "é\n\"\\", "\xff_", "\U0010FFFF", "__x"} {
		f.Add(name)
	}
	f.Fuzz(func(t *testing.T, name string) { checkEscape(t, name) })
}

type errorReporter interface {
	Errorf(format string, args ...any)
}

// dotted are the names that the dots scheme can be undone for.
var (
	dotted    = regexp.MustCompile(`^[a-zA-Z_:.][a-zA-Z0-9_:.]*$`)
	ambiguous = regexp.MustCompile(`_dot[_.]`)
)

// checkEscape checks what holds for every name: escaped names are legacy names,
// underscores change neither those nor the number of characters, and the values
// scheme can be undone, as can dots when there are no other illegal characters.
func checkEscape(t errorReporter, name string) {
	if got := metric.AllowUTF8.EscapeMetricName(name); got != name {
		t.Errorf("allow-utf-8 shows metric name %q as %q", name, got)
	}
	flat := metric.Underscores.EscapeMetricName(name)
	if utf8.RuneCountInString(flat) != utf8.RuneCountInString(name) || metric.Underscores.EscapeMetricName(flat) != flat {
		t.Errorf("underscores shows metric name %q as %q", name, flat)
	}
	if dotted.MatchString(name) && !ambiguous.MatchString(name) {
		if got := metric.Dots.UnescapeMetricName(metric.Dots.EscapeMetricName(name)); got != name {
			t.Errorf("metric name %q comes back from dots as %q", name, got)
		}
	}
	for _, e := range escapings {
		if got := e.EscapeMetricName(name); e != metric.AllowUTF8 && name != "" && !metric.IsLegacyMetricName(got) {
			t.Errorf("%v shows metric name %q as %q", e, name, got)
		}
		if got := e.EscapeLabelName(name); e != metric.AllowUTF8 && name != "" && !metric.IsLegacyLabelName(got) {
			t.Errorf("%v shows label name %q as %q", e, name, got)
		}
	}
	if !utf8.ValidString(name) {
		return
	}
	if ambiguous := strings.HasPrefix(name, "U__") && metric.IsLegacyMetricName(name); !ambiguous {
		if got := metric.Values.UnescapeMetricName(metric.Values.EscapeMetricName(name)); got != name {
			t.Errorf("metric name %q comes back as %q", name, got)
		}
	}
	if ambiguous := strings.HasPrefix(name, "U__") && metric.IsLegacyLabelName(name); !ambiguous {
		if got := metric.Values.UnescapeLabelName(metric.Values.EscapeLabelName(name)); got != name {
			t.Errorf("label name %q comes back as %q", name, got)
		}
	}
}

func FuzzUnescape(f *testing.F) {
	for _, name := range []string{
		"", "U__", "U__a_2e_b", "U__a_D800_b", "U__a_", "U______", "U___110000_", "a_dot__b", "U__\xff",
		"U__a_2g_b", "U__a_00002e_b", "U__a_000002e_b", "U__a_+1_b", "U__a___b", "u__a_2e_b", "_dot_dot_", "U__a_dot_b",
	} {
		f.Add(name)
	}
	f.Fuzz(func(t *testing.T, escaped string) {
		for _, e := range escapings {
			got := e.UnescapeMetricName(escaped)
			if want := unescaped(e, escaped); got != want {
				t.Errorf("%v: %q becomes %q, want %q", e, escaped, got, want)
			}
			if got != e.UnescapeLabelName(escaped) {
				t.Errorf("%v: metric and label names differ for %q", e, escaped)
			}
			if utf8.ValidString(escaped) && !utf8.ValidString(got) {
				t.Errorf("%v: %q becomes %q, not valid UTF-8", e, escaped, got)
			}
			if len(got) > len(escaped) {
				t.Errorf("%v: %q grows to %q", e, escaped, got)
			}
			checkEscape(t, got)
		}
	})
}

// unescaped says in other words what the schemes make of a name: between underscores
// in pairs, values has code points, and nothing for an underscore. If it cannot be
// read to the end, nothing of it is.
func unescaped(e metric.Escaping, escaped string) string {
	switch e {
	case metric.Dots:
		return strings.ReplaceAll(strings.Join(strings.Split(escaped, "_dot_"), "."), "__", "_")
	case metric.Values:
	default:
		return escaped
	}
	parts := strings.Split(strings.TrimPrefix(escaped, "U__"), "_")
	if !strings.HasPrefix(escaped, "U__") || len(parts)%2 == 0 {
		return escaped
	}
	for i := 1; i < len(parts); i += 2 {
		if parts[i] == "" {
			parts[i] = "_"
			continue
		}
		code, err := strconv.ParseUint(parts[i], 16, 32)
		if err != nil || len(parts[i]) > len("10FFFF") || !utf8.ValidRune(rune(code)) {
			return escaped
		}
		parts[i] = string(rune(code))
	}
	return strings.Join(parts, "")
}

func TestEscapeUnchangedAllocations(t *testing.T) {
	allocs := testing.AllocsPerRun(100, func() {
		for _, e := range escapings {
			_ = e.EscapeMetricName("requests:total")
			_ = e.EscapeLabelName("endpoint")
		}
		_ = metric.AllowUTF8.EscapeMetricName("http.requests_total")
		_ = metric.Underscores.EscapeMetricName("http_requests_total")
		_ = metric.Values.EscapeMetricName("http_requests_total")
		_ = metric.Values.UnescapeMetricName("http_requests_total")
		_ = metric.Dots.UnescapeMetricName("http_requests_total")
	})
	if allocs != 0 {
		t.Errorf("escaping names that stay as they are allocates %v times", allocs)
	}
}

func TestEscapeChangedAllocations(t *testing.T) {
	for _, e := range []metric.Escaping{metric.Underscores, metric.Dots, metric.Values} {
		allocs := testing.AllocsPerRun(100, func() { _ = e.EscapeMetricName("http.server.requests_total") })
		if allocs > 1 {
			t.Errorf("%v allocates %v times, not once for the result", e, allocs)
		}
	}
}

func ExampleEscaping_EscapeMetricName() {
	const name = "http.requests_total"
	for _, e := range []metric.Escaping{metric.AllowUTF8, metric.Underscores, metric.Dots, metric.Values} {
		fmt.Printf("%-11v %s\n", e, e.EscapeMetricName(name))
	}
	fmt.Println(metric.Values.UnescapeMetricName("U__http_2e_requests__total"))
	// Output:
	// allow-utf-8 http.requests_total
	// underscores http_requests_total
	// dots        http_dot_requests__total
	// values      U__http_2e_requests__total
	// http.requests_total
}
