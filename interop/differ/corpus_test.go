package differ_test

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// corpusPages returns the pages of the conformance corpus, whose files are described
// in exposition/testdata/conformance/README.md.
func corpusPages(tb testing.TB, folder string) (pages []string) {
	tb.Helper()
	files, err := filepath.Glob(filepath.Join("..", "..", "exposition", "testdata", "conformance", folder, "*.txt"))
	if err != nil || len(files) == 0 {
		tb.Fatalf("no files in %s: %v", folder, err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			tb.Fatal(err)
		}
		for _, one := range strings.Split("\n"+string(text), "\n=== ")[1:] {
			name, rest, _ := strings.Cut(one, "\n")
			pages = append(pages, corpusPage(tb, file+": "+name, rest))
		}
	}
	return pages
}

// corpusPage returns the page of a case: the lines before the verdict, which may be
// quoted as in Go.
func corpusPage(tb testing.TB, name, rest string) string {
	tb.Helper()
	rest, quoted := strings.CutPrefix(rest, "--- quoted\n")
	var page strings.Builder
	for line := range strings.SplitAfterSeq(rest, "\n") {
		if strings.HasPrefix(line, "--- ") {
			return page.String()
		}
		if quoted {
			text, err := strconv.Unquote(strings.TrimSuffix(line, "\n"))
			if err != nil {
				tb.Fatalf("%s: %q is not quoted as in Go", name, line)
			}
			line = text
		}
		page.WriteString(line)
	}
	tb.Fatalf("%s has no verdict", name)
	return ""
}
