package differ_test

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"polymeter.dev/exposition"
)

// TestMixedPages reads pages whose lines are from different pages of the corpus: what
// is wrong with them, if anything, is rarely a single byte.
func TestMixedPages(t *testing.T) {
	t.Parallel()
	for _, format := range formats {
		t.Run(format.name, func(t *testing.T) {
			t.Parallel()
			var lines []string
			for _, page := range format.pages(t) {
				lines = append(lines, strings.SplitAfter(strings.TrimSuffix(page, "# EOF\n"), "\n")...)
			}
			rapid.Check(t, func(r *rapid.T) {
				page := strings.Join(rapid.SliceOfN(rapid.SampledFrom(lines), 1, 8).Draw(r, "lines"), "")
				if format.syntax == exposition.OpenMetrics {
					page += "# EOF\n"
				}
				if _, problem := format.judge(page); problem != "" {
					r.Errorf("%s\non the page\n%s", problem, page)
				}
			})
		})
	}
}
