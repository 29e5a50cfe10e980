package exposition_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"polymeter.dev/exposition"
)

// TestTextDecoderSeriesTwice has a series twice on pages of all lengths up to some, with
// another mistake behind it or not: samples are looked up some at a time, and it is the
// first mistake that counts.
func TestTextDecoderSeriesTwice(t *testing.T) {
	t.Parallel()
	for lines := 2; lines < 50; lines++ {
		for _, first := range []int{0, (lines - 1) / 2, lines - 2} {
			for _, end := range []string{"", "a\n", "b 1\n", "# TYPE a gauge\n", "b 1"} {
				var page strings.Builder
				for i := range lines - 1 {
					fmt.Fprintf(&page, "a{n=\"%d\"} 1\n", i)
				}
				fmt.Fprintf(&page, "a{n=\"%d\"} 1\n%s", first, end)
				d := exposition.NewTextDecoder(strings.NewReader(page.String()), nil)
				_, err := d.Next()
				var wrong *exposition.DecodeError
				if !errors.As(err, &wrong) || wrong.Line != lines || wrong.Reason != fmt.Sprintf(`the series a{n="%d"} is there twice`, first) {
					t.Fatalf("%v, of the page\n%s", err, &page)
				}
				if _, again := d.Next(); !errors.Is(again, err) {
					t.Fatalf("then %v", again)
				}
			}
		}
	}
}
