package differ_test

import (
	"slices"
	"testing"
)

// maxPage bounds the pages that are compared: what is to be found is found in short
// ones.
const maxPage = 1 << 14

// FuzzTextparse reads pages of the Prometheus text format.
func FuzzTextparse(f *testing.F) { fuzz(f, &text) }

// FuzzTextparseLenient reads them with all faults read over that can be.
func FuzzTextparseLenient(f *testing.F) { fuzz(f, &lenientText) }

// FuzzTextparseOpenMetrics reads pages of OpenMetrics 1.0.
func FuzzTextparseOpenMetrics(f *testing.F) { fuzz(f, &openMetrics) }

// pages are the seeds: those of the corpus and of the format.
func (f *format) pages(tb testing.TB) []string {
	return slices.Concat(corpusPages(tb, f.folder), f.seeds)
}

func fuzz(f *testing.F, format *format) {
	for _, page := range format.pages(f) {
		f.Add(page)
	}
	f.Fuzz(func(t *testing.T, page string) {
		if len(page) > maxPage {
			return
		}
		if _, problem := format.judge(page); problem != "" {
			t.Errorf("%s\non the page\n%s\n%q", problem, page, page)
		}
	})
}

// TestKnownDifferences has every known difference, and every rule for which only one
// side refuses a page, be met by a seed of the fuzz targets: one that nothing meets is
// gone, or never was.
func TestKnownDifferences(t *testing.T) {
	t.Parallel()
	for _, format := range formats {
		t.Run(format.name, func(t *testing.T) {
			t.Parallel()
			met := map[string]int{}
			for _, page := range format.pages(t) {
				known, _ := format.judge(page)
				for _, name := range known {
					met[name]++
				}
			}
			for _, rules := range [][]rule{format.stricter, format.laxer} {
				for i := range rules {
					if met[rules[i].String()] == 0 {
						t.Errorf("no seed meets the rule %s", &rules[i])
					}
				}
			}
			for _, difference := range format.differences {
				if met[difference] == 0 {
					t.Errorf("no seed meets the difference %q", difference)
				}
			}
		})
	}
}
