package exposition

import (
	"math"

	"polymeter.dev/metric"
)

// maxMillisSeconds is the greatest number of seconds of which the milliseconds
// fit an int64.
const maxMillisSeconds = math.MaxInt64/1000 - 1

// inMillis reports whether the milliseconds of t fit an int64.
func inMillis(t metric.Timestamp) bool {
	return t.Seconds() >= -maxMillisSeconds && t.Seconds() <= maxMillisSeconds
}

// textMillis returns the timestamp of a line of the text format. The format
// knows times before 1970, but one of them makes Prometheus reject the page.
func textMillis(t metric.Timestamp) (ms int64, ok bool) {
	if t.IsZero() || t.Seconds() < 0 || !inMillis(t) {
		return 0, false
	}
	return t.Milli(), true
}
