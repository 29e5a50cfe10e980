package expose_test

import (
	"bytes"
	"testing"

	"polymeter.dev/exposition"
	"polymeter.dev/metric"
)

// write encodes a collector. Nothing of it may be refused.
func write(t *testing.T, c metric.Collector, f exposition.Format, o *exposition.Options) []byte {
	t.Helper()
	var page bytes.Buffer
	stats, err := exposition.Write(t.Context(), &page, c, f, o)
	if err != nil || stats.Refused > 0 {
		t.Fatalf("%+v, %v", stats, err)
	}
	return page.Bytes()
}
