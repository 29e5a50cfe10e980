package samples_test

import (
	"math"
	"strings"
	"testing"

	"polymeter.dev/interop/samples"
)

func TestKey(t *testing.T) {
	t.Parallel()
	a := samples.Key("x_bucket", map[string]string{"le": "1e+06", "a": "\"\n"})
	b := samples.Key("x_bucket", map[string]string{"a": "\"\n", "le": "1000000.0"})
	if a != b {
		t.Errorf("%s and %s differ", a, b)
	}
	if c := samples.Key("x_bucket", map[string]string{"a": "\"n", "le": "1000000.0"}); c == a {
		t.Errorf("%s is the key of two series", c)
	}
}

func TestDiff(t *testing.T) {
	t.Parallel()
	want := samples.Set{"a": 1, "b": 2, "c": math.NaN(), "d": 0, "e": 1}
	got := samples.Set{"a": 1, "c": math.NaN(), "d": math.Copysign(0, -1), "e": 1 + 1e-15, "f": 3}
	text := strings.Join(samples.Diff(want, got, samples.Exact), "\n")
	const exact = "missing b = 2\ndiffers d = -0, want 0\ndiffers e = 1.000000000000001, want 1\nexcess  f = 3"
	if text != exact {
		t.Errorf("got:\n%s\nwant:\n%s", text, exact)
	}
	if lines := samples.Diff(want, want, samples.Exact); len(lines) != 0 {
		t.Errorf("a set differs from itself: %q", lines)
	}
	if lines := samples.Diff(samples.Set{"e": 1}, samples.Set{"e": 1 + 1e-15}, samples.Within(1e-12)); len(lines) != 0 {
		t.Errorf("within 1e-12: %q", lines)
	}
}
