package exposition

import (
	"testing"

	"pgregory.net/rapid"

	"polymeter.dev/metric"
)

// TestParseDecimal reads seconds as metric.ParseTimestamp does, where it reads them
// at all.
func TestParseDecimal(t *testing.T) {
	for _, text := range []string{"", ".", ".5", "-1", "+1", "1e3", "1.-5", "1_0", "1.2.3", "0x1", "1234567890123456"} {
		if _, ok := parseDecimal([]byte(text)); ok {
			t.Errorf("%q is read", text)
		}
	}
	rapid.Check(t, func(rt *rapid.T) {
		text := rapid.StringMatching(`[0-9]{1,15}(\.[0-9]{0,12})?`).Draw(rt, "text")
		want, err := metric.ParseTimestamp(text)
		if got, ok := parseDecimal([]byte(text)); err != nil || !ok || got != want {
			rt.Errorf("%q is %v, %v, want %v, %v", text, got, ok, want, err)
		}
	})
}
