//go:build unix

package multiprocess_test

import (
	"os"
	"path/filepath"
	"testing"

	"polymeter.dev/multiprocess"
)

// TestProblemsOfStrangeNames has files with names that are no text, and one that
// looks like how such a name is shown: each is a series of its own.
func TestProblemsOfStrangeNames(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	want := map[string]string{
		"\xff.db":       `\xff.db`,
		"\xfe.db":       `\xfe.db`,
		`\xff.db`:       `\\xff.db`,
		"\xff\"\n.db":   `\xff\"\n.db`,
		"é\"\n.db":      "é\"\n.db",
		"\uFFFD.db":     "\uFFFD.db",
		"\xff\uFFFD.db": `\xff\ufffd.db`,
	}
	for name := range want {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o600); err != nil {
			t.Skipf("the file system wants names to be text: %v", err)
		}
	}
	c := newCollector(t, dir, multiprocess.CollectorOptions{})
	page(t, c)
	for _, shown := range want {
		selfSays(t, c, problem(filepath.Join(dir, shown), "name is not that of a metrics file"))
	}
}
