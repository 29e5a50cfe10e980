package exposition_test

import (
	"bytes"
	"context"
	"errors"
	"testing"

	"polymeter.dev/exposition"
	"polymeter.dev/metric"
)

// TestMaxBytes reads pages in all formats that are as long as they may be, and then
// a byte too long.
func TestMaxBytes(t *testing.T) {
	counter := metric.NewCounterFamily("a", "A counter.")
	counter.Add(1)
	c := metric.CollectorFunc(func(_ context.Context, emit func(metric.Family) error) error { return emit(counter) })
	for _, f := range []exposition.Format{
		exposition.FormatText(), exposition.FormatOpenMetrics(), exposition.FormatOpenMetrics2(), exposition.FormatProtobuf(), exposition.FormatJSON(),
	} {
		var page bytes.Buffer
		if _, err := exposition.Write(t.Context(), &page, c, f, nil); err != nil {
			t.Fatal(err)
		}
		for _, missing := range []int64{0, 1} {
			d, err := exposition.NewDecoder(bytes.NewReader(page.Bytes()), f.Syntax, &exposition.DecodeOptions{MaxBytes: int64(page.Len()) - missing})
			if err != nil {
				t.Fatal(err)
			}
			err = exposition.Decoded(d).Collect(t.Context(), func(metric.Family) error { return nil })
			if errors.Is(err, exposition.ErrTooLarge) != (missing > 0) {
				t.Errorf("%v, %d bytes missing: %v", f.Syntax, missing, err)
			}
		}
	}
}
