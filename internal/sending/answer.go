package sending

import (
	"net/http"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// RetryAfter returns how long a server asks to be left alone, or 0 (RFC 9110, section
// 10.2.3).
func RetryAfter(h http.Header, now time.Time) time.Duration {
	value := strings.TrimSpace(h.Get("Retry-After"))
	if seconds, err := strconv.ParseUint(value, 10, 31); err == nil {
		return time.Duration(seconds) * time.Second
	}
	if at, err := http.ParseTime(value); err == nil {
		return max(0, at.Sub(now))
	}
	return 0
}

// OneLine makes one line of text out of what a server has sent, without characters that
// do something to a terminal or a log.
func OneLine(text string) string {
	printable := func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return ' '
	}
	return strings.Join(strings.Fields(strings.Map(printable, text)), " ")
}
