package archtest

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestDependenciesAreExplained(t *testing.T) {
	t.Parallel()
	mod := readRepositoryFile(t, "go.mod")
	page := readRepositoryFile(t, "docs", "dependencies.md")
	report(t, checkDependencies(mod, page))
}

func readRepositoryFile(t *testing.T, name ...string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(append([]string{"..", ".."}, name...)...))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// checkDependencies wants each module that a go.mod requires directly to be
// named on the page that gives the reasons.
func checkDependencies(mod, page string) []string {
	var problems []string
	inBlock := false
	for line := range strings.Lines(mod) {
		requirement, single := strings.CutPrefix(line, "require ")
		fields := strings.Fields(requirement)
		switch {
		case len(fields) == 0:
		case fields[0] == "(":
			inBlock = single
		case fields[0] == ")":
			inBlock = false
		case !single && !inBlock, strings.Contains(line, "// indirect"):
		case !strings.Contains(page, "`"+fields[0]+"`"):
			problems = append(problems, fmt.Sprintf("go.mod requires %s: give its reason in docs/dependencies.md", fields[0]))
		}
	}
	return problems
}

func TestCheckDependencies(t *testing.T) {
	t.Parallel()
	const page = "| `a.dev/known` | because |\n"
	for _, tt := range []struct{ name, mod, want string }{
		{"explained", "module m\n\nrequire a.dev/known v1.0.0\n", ""},
		{"unexplained", "require b.dev/x v1.0.0\n", "b.dev/x"},
		{"in a block", "require (\n\ta.dev/known v1.0.0\n\tb.dev/x v1.0.0\n)\n", "b.dev/x"},
		{"indirect", "require (\n\tb.dev/x v1.0.0 // indirect\n)\n", ""},
		{"after the block", "require (\n\ta.dev/known v1.0.0\n)\n\nexclude b.dev/x v1.0.0\n", ""},
		{"part of a name", "require a.dev/know v1.0.0\n", "a.dev/know"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := strings.Join(checkDependencies(tt.mod, page), "\n")
			if !strings.Contains(got, tt.want) || (tt.want == "") != (got == "") {
				t.Errorf("got %q, want mention of %q", got, tt.want)
			}
		})
	}
}
