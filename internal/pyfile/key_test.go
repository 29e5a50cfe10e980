package pyfile_test

import (
	"math"
	"testing"

	"pgregory.net/rapid"

	"polymeter.dev/internal/pyfile"
)

// TestAppendKey compares with what Python 3.11 writes:
//
//	json.dumps([family, sample, labels, help], sort_keys=True)
func TestAppendKey(t *testing.T) {
	t.Parallel()
	type labels = []pyfile.Label
	for name, tc := range map[string]struct {
		labels labels
		help   string
		want   string
	}{
		"no labels": {nil, "", `["c", "c_total", {}, ""]`},
		"sorted": {
			labels{{"b", "1"}, {"a", "2"}, {"B", "3"}, {"_", "4"}},
			"Help.",
			`["c", "c_total", {"B": "3", "_": "4", "a": "2", "b": "1"}, "Help."]`,
		},
		"escapes": {
			labels{{"p", `C:\x "q" /`}},
			"a\nb\tc\r\f\b\x00\x1f\x7f\u0080",
			`["c", "c_total", {"p": "C:\\x \"q\" /"}, "a\nb\tc\r\f\b\u0000\u001f\u007f\u0080"]`,
		},
		"basic plane": {
			labels{{"ü", "é"}, {"a", "\u2028\ufffd\uffff"}},
			"",
			`["c", "c_total", {"a": "\u2028\ufffd\uffff", "\u00fc": "\u00e9"}, ""]`,
		},
		"surrogates": {
			nil, "😀 𝄞\U0010ffff",
			`["c", "c_total", {}, "\ud83d\ude00 \ud834\udd1e\udbff\udfff"]`,
		},
		"sorted by code point": {
			labels{{"\U00010000", "1"}, {"\uffff", "2"}},
			"<>&'",
			`["c", "c_total", {"\uffff": "2", "\ud800\udc00": "1"}, "<>&'"]`,
		},
		"invalid": {labels{{"a", "x\xffy\xed\xa0\x80"}}, "\xc3", `["c", "c_total", {"a": "x\ufffdy\ufffd\ufffd\ufffd"}, "\ufffd"]`},
	} {
		if got := string(pyfile.AppendKey(nil, "c", "c_total", tc.labels, tc.help)); got != tc.want {
			t.Errorf("%s:\n got %s\nwant %s", name, got, tc.want)
		}
	}
}

func TestKeysReadBack(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.String()
		values := rapid.MapOf(text, text).Draw(t, "labels")
		family, sample, help := text.Draw(t, "family"), text.Draw(t, "sample"), text.Draw(t, "help")
		var labels []pyfile.Label
		for name, value := range values {
			labels = append(labels, pyfile.Label{Name: name, Value: value})
		}
		written := string(pyfile.AppendKey(nil, family, sample, labels, help))
		var key pyfile.Key
		if err := key.Parse(written); err != nil {
			t.Fatalf("%s: %v", written, err)
		}
		if key.Family != family || key.Sample != sample || key.Help != help || len(key.Names) != len(values) {
			t.Fatalf("%s reads as %+v", written, key)
		}
		for i, name := range key.Names {
			if v, ok := values[name]; !ok || v != key.Values[i] {
				t.Fatalf("%s: label %q reads as %q, want %q", written, name, key.Values[i], v)
			}
		}
	})
}

// TestBound compares with the Python client's floatToGoString.
func TestBound(t *testing.T) {
	t.Parallel()
	for want, bound := range map[string]float64{
		"0.0": 0, "-0.0": math.Copysign(0, -1), "1.0": 1, "0.005": .005, "0.0001": 1e-4, "1e-05": 1e-5,
		"123456.0": 123456, "1.234567e+06": 1234567, "1e+06": 1e6, "1e+16": 1e16, "1.23456785e+07": 12345678.5,
		"-1.0": -1, "-123456.0": -123456, "-1000000.0": -1e6, "-12345678.5": -12345678.5,
		"-999999.5": -999999.5, "-1000000000000000.0": -1e15, "-9999999999999998.0": -9999999999999998,
		"-1e+16": -1e16, "-1.5e+17": -1.5e17, "-1e-05": -1e-5, "5e-324": 5e-324,
		"1.7976931348623157e+308": math.MaxFloat64, "+Inf": math.Inf(1), "-Inf": math.Inf(-1), "NaN": math.NaN(),
	} {
		if got := pyfile.Bound(bound); got != want {
			t.Errorf("Bound(%v) = %q, want %q", bound, got, want)
		}
	}
}
