package archtest

import (
	"fmt"
	"go/ast"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// Limits of a file's length in lines. A file that reaches its limit holds more
// than one concept: split it.
const (
	maxLines     = 400
	maxTestLines = 600
)

// longFiles are the files that may be longer, each with the reason.
var longFiles = map[string]string{}

// vagueNames say nothing about what a package is for.
var vagueNames = []string{"base", "common", "helper", "helpers", "misc", "shared", "util", "utils"}

// unfinished finds marks of work left for later.
var unfinished = regexp.MustCompile(`\b(TO` + `DO|FIX` + `ME|XX` + `X)\b`)

func TestFilesAreShort(t *testing.T) {
	t.Parallel()
	report(t, checkLengths(repository(t)))
}

func TestLongFilesExist(t *testing.T) {
	t.Parallel()
	for name := range longFiles {
		if !slices.ContainsFunc(repository(t), func(s source) bool { return s.path == name }) {
			t.Errorf("longFiles lists %s, which is gone", name)
		}
	}
}

func TestPackageNames(t *testing.T) {
	t.Parallel()
	report(t, checkPackageNames(repository(t)))
}

func TestNothingIsLeftForLater(t *testing.T) {
	t.Parallel()
	report(t, checkUnfinished(repository(t)))
}

func TestNoInit(t *testing.T) {
	t.Parallel()
	report(t, checkInit(rootModule(t)))
}

func checkLengths(files []source) []string {
	var problems []string
	for _, file := range files {
		limit := maxLines
		if file.isTest() {
			limit = maxTestLines
		}
		if _, ok := longFiles[file.path]; ok {
			continue
		}
		if lines := strings.Count(file.text, "\n"); lines > limit {
			problems = append(problems, fmt.Sprintf("%s has %d lines, more than %d: split it by concept", file.path, lines, limit))
		}
	}
	return problems
}

func checkPackageNames(files []source) []string {
	var problems []string
	for _, file := range files {
		name := strings.TrimSuffix(file.syntax.Name.Name, "_test")
		if slices.Contains(vagueNames, name) || slices.Contains(vagueNames, path.Base(file.dir())) {
			problems = append(problems, fmt.Sprintf("%s: package %s: name it for what it does", file.path, name))
		}
	}
	return problems
}

func checkUnfinished(files []source) []string {
	var problems []string
	for _, file := range files {
		for _, group := range file.syntax.Comments {
			for _, comment := range group.List {
				if mark := unfinished.FindString(comment.Text); mark != "" {
					problems = append(problems, fmt.Sprintf("%s: %s in a comment: do it or drop it", file.at(comment.Pos()), mark))
				}
			}
		}
	}
	return problems
}

// checkInit keeps importing a package free of side effects.
func checkInit(files []source) []string {
	var problems []string
	for _, file := range files {
		if file.isTest() {
			continue
		}
		for _, decl := range file.syntax.Decls {
			if fn, ok := decl.(*ast.FuncDecl); ok && fn.Name.Name == "init" && fn.Recv == nil {
				problems = append(problems, fmt.Sprintf("%s: func init: importing a package must do nothing", file.at(fn.Pos())))
			}
		}
	}
	return problems
}

func TestCheckLengths(t *testing.T) {
	t.Parallel()
	lines := func(n int) string { return "package p\n" + strings.Repeat("\n", n-1) }
	run(t, []example{
		{"at the limit", map[string]string{"x/a.go": lines(maxLines)}, nil},
		{"too long", map[string]string{"x/a.go": lines(maxLines + 1)}, []string{"x/a.go has 401 lines"}},
		{"test", map[string]string{"x/a_test.go": lines(maxLines + 1)}, nil},
		{"test too long", map[string]string{"x/a_test.go": lines(maxTestLines + 1)}, []string{"has 601 lines"}},
	}, checkLengths)
}

func TestCheckPackageNames(t *testing.T) {
	t.Parallel()
	run(t, []example{
		{"telling", map[string]string{"metric/a.go": "package metric\n"}, nil},
		{"vague", map[string]string{"internal/util/a.go": "package util\n"}, []string{"package util"}},
		{"vague test", map[string]string{"x/a_test.go": "package helpers_test\n"}, []string{"package helpers"}},
		{"vague folder", map[string]string{"internal/common/a.go": "package labels\n"}, []string{"package labels"}},
	}, checkPackageNames)
}

func TestCheckUnfinished(t *testing.T) {
	t.Parallel()
	mark := "TO" + "DO"
	run(t, []example{
		{"clean", map[string]string{"x/a.go": "// Package x is.\npackage x\n"}, nil},
		{"mark", map[string]string{"x/a.go": "package x\n\n// " + mark + ": more\n"}, []string{"x/a.go:3: " + mark}},
		{"mark at the end", map[string]string{"x/a.go": "package x\n\nvar a int // FIX" + "ME\n"}, []string{"x/a.go:3"}},
		{"in code", map[string]string{"x/a.go": "package x\n\nvar a = context." + mark + "()\n"}, nil},
	}, checkUnfinished)
}

func TestCheckInit(t *testing.T) {
	t.Parallel()
	run(t, []example{
		{"none", map[string]string{"x/a.go": "package x\n\nfunc initialize() {}\n"}, nil},
		{"method", map[string]string{"x/a.go": "package x\n\ntype t int\n\nfunc (t) init() {}\n"}, nil},
		{"init", map[string]string{"x/a.go": "package x\n\nfunc init() {}\n"}, []string{"x/a.go:3: func init"}},
		{"in a test", map[string]string{"x/a_test.go": "package x\n\nfunc init() {}\n"}, nil},
	}, checkInit)
}
