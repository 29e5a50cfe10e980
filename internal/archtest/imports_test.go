package archtest

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
)

func TestImports(t *testing.T) {
	t.Parallel()
	report(t, checkImports(rootModule(t)))
}

// checkImports holds the files of the root module against the rules.
func checkImports(files []source) []string {
	var problems []string
	unknown := map[string]bool{}
	for _, file := range files {
		r, ok := ruleFor(file.dir())
		if !ok && !file.isTest() && !unknown[file.dir()] {
			unknown[file.dir()] = true
			problems = append(problems, fmt.Sprintf(
				"package %s has no rule: add it to internal/archtest/rules_test.go with what it may import", file.dir()))
		}
		for _, spec := range file.syntax.Imports {
			imported, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				imported = spec.Path.Value
			}
			objection := objectionTo(file, imported)
			if objection == "" && (ok || file.isTest()) {
				objection = r.objectionTo(file, imported)
			}
			if objection != "" {
				problems = append(problems, fmt.Sprintf("%s: imports %q: %s", file.at(spec.Pos()), imported, objection))
			}
		}
	}
	return problems
}

func ruleFor(dir string) (rule, bool) {
	for _, r := range rules {
		if matches(r.packages, dir) {
			return r, true
		}
	}
	return rule{}, false
}

// objectionTo says why no package of the file's kind may import the path, or
// nothing.
func objectionTo(file source, imported string) string {
	switch {
	case imported == "C":
		return "the module builds without cgo"
	case imported == "unsafe" && !slices.Contains(unsafePackages, file.dir()):
		return "only " + strings.Join(unsafePackages, " and ") + " handle raw memory"
	}
	reason, banned := bannedInLibraries[imported]
	if banned && !file.isTest() && !isProgram(file.dir()) {
		return reason
	}
	return ""
}

func isProgram(dir string) bool { return within("cmd", dir) || within("examples", dir) }

// objectionTo says why the rule does not let the file import the path, or
// nothing. Tests may import any of our packages: the compiler keeps cycles out.
func (r rule) objectionTo(file source, imported string) string {
	if own, ok := ownFolder(imported); ok {
		if file.isTest() || slices.ContainsFunc(r.own, func(p string) bool { return matches(p, own) }) {
			return ""
		}
		return "no arrow leads there from " + file.dir() + " (internal/archtest/rules_test.go has them all)"
	}
	if isStandard(imported) {
		return ""
	}
	allowed := slices.Clone(r.others)
	if file.isTest() {
		allowed = append(allowed, testOthers...)
	}
	if slices.ContainsFunc(allowed, func(p string) bool { return within(p, imported) }) {
		return ""
	}
	return "not among the dependencies of " + file.dir() + " (docs/dependencies.md and internal/archtest/rules_test.go list them)"
}

// ownFolder returns the folder of one of our own packages.
func ownFolder(imported string) (string, bool) {
	if imported == modulePath {
		return ".", true
	}
	return strings.CutPrefix(imported, modulePath+"/")
}

// isStandard tells whether an import path is the standard library's: the first
// element of every other one is a domain.
func isStandard(imported string) bool {
	first, _, _ := strings.Cut(imported, "/")
	return !strings.Contains(first, ".")
}

func TestCheckImports(t *testing.T) {
	t.Parallel()
	file := func(path, imported string) map[string]string {
		return map[string]string{path: "package p\n\nimport _ \"" + imported + "\"\n"}
	}
	run(t, []example{
		{"standard library", file("metric/a.go", "strings"), nil},
		{"allowed arrow", file("exposition/a.go", "polymeter.dev/metric"), nil},
		{"allowed by pattern", file("a.go", "polymeter.dev/internal/cell"), nil},
		{"model imports us", file("metric/a.go", "polymeter.dev/internal/cell"), []string{"no arrow leads there from metric"}},
		{"exposition sees instruments", file("exposition/a.go", "polymeter.dev"), []string{`exposition/a.go:3: imports "polymeter.dev": no arrow`}},
		{"similar prefix", file("multiprocess/a.go", "polymeter.dev/internalx"), []string{"no arrow"}},
		{"package without a rule", file("extra/a.go", "strings"), []string{"package extra has no rule: add it to internal/archtest"}},
		{"test-only package", file("extra/a_test.go", "strings"), nil},
		{"foreign module", file("metric/a.go", "github.com/x/y"), []string{"not among the dependencies of metric"}},
		{"system calls in the root", file("a.go", "golang.org/x/sys/unix"), []string{"not among the dependencies of ."}},
		{"system calls in the store", file("multiprocess/a.go", "golang.org/x/sys/unix"), nil},
		{"compression", file("metrichttp/a.go", "github.com/klauspost/compress/gzip"), nil},
		{"test dependency in a test", file("metric/a_test.go", "pgregory.net/rapid"), nil},
		{"test dependency in code", file("metric/a.go", "pgregory.net/rapid"), []string{"not among the dependencies"}},
		{"arrow backwards in a test", file("metric/a_test.go", "polymeter.dev/metrictest"), nil},
		{"raw memory", file("exposition/a.go", "unsafe"), []string{"handle raw memory"}},
		{"raw memory in a test", file("exposition/a_test.go", "unsafe"), []string{"handle raw memory"}},
		{"raw memory where it belongs", file("internal/mapped/a.go", "unsafe"), nil},
		{"cgo", file("internal/mapped/a.go", "C"), []string{"without cgo"}},
		{"programs in a library", file("multiprocess/a.go", "os/exec"), []string{"starts no programs"}},
		{"programs in a test", file("multiprocess/a_test.go", "os/exec"), nil},
		{"programs in a command", file("cmd/polymeter/a.go", "os/exec"), nil},
	}, checkImports)
}
