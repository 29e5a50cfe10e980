package examples_test

import (
	"os"
	"regexp"
	"slices"
	"testing"
)

// The package comment is the only list of the examples there is.
func TestEveryExampleIsListed(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	var listed []string
	for _, match := range regexp.MustCompile(`(?m)^//\t(\w+)  `).FindAllSubmatch(text, -1) {
		listed = append(listed, string(match[1]))
	}
	slices.Sort(listed)
	entries, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	var present []string
	for _, entry := range entries {
		if entry.IsDir() {
			present = append(present, entry.Name())
		}
	}
	if !slices.Equal(listed, present) {
		t.Errorf("doc.go lists %q, but there are %q", listed, present)
	}
}
