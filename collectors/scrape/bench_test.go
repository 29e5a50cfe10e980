package scrape_test

import (
	"fmt"
	"io"
	"strings"
	"testing"

	"polymeter.dev/collectors/scrape"
	"polymeter.dev/exposition"
)

// BenchmarkCollect collects four pages of 10,000 series.
func BenchmarkCollect(b *testing.B) {
	var page strings.Builder
	page.WriteString("# TYPE x_total counter\n")
	for i := range 10_000 {
		fmt.Fprintf(&page, "x_total{path=\"/users/%d\",method=\"GET\"} %d\n", i, i)
	}
	var targets []scrape.Target
	for i := range 4 {
		targets = append(targets, serveText(b, fmt.Sprint(i), page.String()))
	}
	for name, merge := range map[string]bool{"label": false, "merge": true} {
		b.Run(name, func(b *testing.B) {
			c := newCollector(b, &scrape.Options{Targets: targets, Merge: merge})
			b.ReportAllocs()
			for b.Loop() {
				if _, err := exposition.Write(b.Context(), io.Discard, c, exposition.FormatText(), nil); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
