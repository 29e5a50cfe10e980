package sending

import (
	"net/http"
	"testing"
	"time"
)

func TestRetryAfter(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for value, want := range map[string]time.Duration{
		"":                               0,
		"0":                              0,
		" 7 ":                            7 * time.Second,
		"-1":                             0,
		"1.5":                            0,
		"2147483647":                     2147483647 * time.Second,
		"99999999999999999999":           0,
		"Fri, 02 Jan 2026 03:04:15 GMT":  10 * time.Second,
		"Fri, 02 Jan 2026 03:04:00 GMT":  0,
		"Friday, 02-Jan-26 03:04:06 GMT": time.Second,
		"soon":                           0,
	} {
		if got := RetryAfter(http.Header{"Retry-After": {value}}, now); got != want {
			t.Errorf("%q is %v, want %v", value, got, want)
		}
	}
}

func TestOneLine(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"":                            "",
		" a\r\n\tb\x1b[31m c\x00 ":    "a b [31m c",
		"größe \u202e\u2028x\xff\x85": "größe x\ufffd\ufffd",
	} {
		if got := OneLine(text); got != want {
			t.Errorf("%q becomes %q, want %q", text, got, want)
		}
	}
}

func TestBackoff(t *testing.T) {
	t.Parallel()
	b := Backoff{Next: 100, Max: 500}
	for _, due := range []time.Duration{100, 200, 400, 500, 500} {
		if pause := b.Step(); pause < due/2 || pause > due {
			t.Errorf("a pause of %d where %d is due", pause, due)
		}
	}
}
