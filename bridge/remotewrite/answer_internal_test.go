package remotewrite

import (
	"net/http"
	"testing"
	"time"

	"polymeter.dev/internal/sending"
)

// FuzzAnswer reads what receivers may say.
func FuzzAnswer(f *testing.F) {
	f.Add(204, "", "1", "0", "2")
	f.Add(400, "", "-1", "x", "")
	f.Add(429, "120", "", "", "")
	f.Add(503, "Fri, 31 Dec 1999 23:59:59 GMT", "9223372036854775808", "+1", "1e3")
	f.Fuzz(func(t *testing.T, status int, retryAfter, samples, histograms, exemplars string) {
		a := answer{status: status, header: http.Header{}}
		a.header.Set("Retry-After", retryAfter)
		for k, value := range []string{samples, histograms, exemplars} {
			a.header.Set(writtenHeaders[k], value)
		}
		now := time.Unix(0, 0)
		if pause := sending.RetryAfter(a.header, now); pause < 0 {
			t.Errorf("pause of %v", pause)
		}
		sent := [kinds]int{5, 0, 1000}
		for k, n := range a.written(sent) {
			if n < 0 || n > sent[k] {
				t.Errorf("%d of %d were written", n, sent[k])
			}
		}
		for _, version := range []Protocol{Version1, Version2} {
			o := a.outcome(version)
			if o == outcomeAccepted && status/100 != 2 || o == outcomeUnsupported && version == Version1 {
				t.Errorf("status %d means %s in version %d", status, outcomeNames[o], version)
			}
			if o == outcomeFailed != (status == 429 || status >= 500) {
				t.Errorf("status %d means %s", status, outcomeNames[o])
			}
		}
	})
}
