package archtest

import (
	"fmt"
	"go/ast"
	"go/token"
	"slices"
	"strings"
	"testing"
)

func TestExportedNamesAreDocumented(t *testing.T) {
	t.Parallel()
	report(t, checkDocs(rootModule(t)))
}

func TestPackagesAreDocumented(t *testing.T) {
	t.Parallel()
	report(t, checkPackageDocs(rootModule(t)))
}

// checkDocs names what the public packages export without a doc comment.
// Struct fields and interface methods are left to their type's comment.
func checkDocs(files []source) []string {
	var problems []string
	for _, file := range files {
		if file.isTest() || isProgram(file.dir()) || isInternal(file.dir()) {
			continue
		}
		for _, decl := range file.syntax.Decls {
			for _, name := range undocumented(decl) {
				problems = append(problems, fmt.Sprintf("%s: exported %s has no doc comment", file.at(name.Pos()), name.Name))
			}
		}
	}
	return problems
}

func isInternal(dir string) bool {
	return slices.Contains(strings.Split(dir, "/"), "internal")
}

// undocumented returns the exported names that a declaration leaves without a
// comment.
func undocumented(decl ast.Decl) []*ast.Ident {
	switch decl := decl.(type) {
	case *ast.FuncDecl:
		if decl.Name.IsExported() && decl.Doc == nil && hasExportedReceiver(decl) && !isErrorMethod(decl) {
			return []*ast.Ident{decl.Name}
		}
	case *ast.GenDecl:
		var names []*ast.Ident
		for _, spec := range decl.Specs {
			names = append(names, undocumentedSpec(decl, spec)...)
		}
		return names
	}
	return nil
}

// undocumentedSpec treats one line of a declaration. A comment on a group
// documents its constants, variables and aliases, but not its types.
func undocumentedSpec(decl *ast.GenDecl, spec ast.Spec) []*ast.Ident {
	var names []*ast.Ident
	switch spec := spec.(type) {
	case *ast.TypeSpec:
		covered := decl.Doc != nil && (decl.Lparen == token.NoPos || spec.Assign != token.NoPos)
		if spec.Name.IsExported() && spec.Doc == nil && !covered {
			names = append(names, spec.Name)
		}
	case *ast.ValueSpec:
		if spec.Doc != nil || spec.Comment != nil || decl.Doc != nil {
			return nil
		}
		for _, name := range spec.Names {
			if name.IsExported() {
				names = append(names, name)
			}
		}
	}
	return names
}

// isErrorMethod tells the methods of an error type, whose meaning is fixed: a
// comment could only repeat the name.
func isErrorMethod(decl *ast.FuncDecl) bool {
	return decl.Recv != nil && (decl.Name.Name == "Error" || decl.Name.Name == "Unwrap")
}

// hasExportedReceiver is true for plain functions, too.
func hasExportedReceiver(decl *ast.FuncDecl) bool {
	if decl.Recv == nil {
		return true
	}
	receiver := decl.Recv.List[0].Type
	for {
		switch typ := receiver.(type) {
		case *ast.StarExpr:
			receiver = typ.X
		case *ast.IndexExpr:
			receiver = typ.X
		case *ast.IndexListExpr:
			receiver = typ.X
		case *ast.Ident:
			return typ.IsExported()
		default:
			return false
		}
	}
}

// checkPackageDocs wants one package comment for each package.
func checkPackageDocs(files []source) []string {
	comments := map[string]int{}
	for _, file := range files {
		if file.isTest() {
			continue
		}
		comments[file.dir()] += 0
		if file.syntax.Doc != nil {
			comments[file.dir()]++
		}
	}
	var problems []string
	for dir, n := range comments {
		if n != 1 {
			problems = append(problems, fmt.Sprintf("package %s has %d package comments, want one", dir, n))
		}
	}
	slices.Sort(problems)
	return problems
}

func TestCheckDocs(t *testing.T) {
	t.Parallel()
	file := func(body string) map[string]string {
		return map[string]string{"metric/a.go": "package metric\n\n" + body}
	}
	run(t, []example{
		{"documented", file("// F does.\nfunc F() {}\n"), nil},
		{"unexported", file("func f() {}\n"), nil},
		{"function", file("func F() {}\n"), []string{"metric/a.go:3: exported F"}},
		{"method", file("// T is.\ntype T struct{}\n\nfunc (t *T) M() {}\n"), []string{"exported M"}},
		{"error method", file("// E is.\ntype E struct{}\n\nfunc (E) Error() string { return \"\" }\n"), nil},
		{"function called Error", file("func Error() {}\n"), []string{"exported Error"}},
		{"generic method", file("// T is.\ntype T[K, V any] struct{}\n\nfunc (t *T[K, V]) M() {}\n"), []string{"exported M"}},
		{"method of an unexported type", file("type t struct{}\n\nfunc (t) M() {}\n"), nil},
		{"type", file("type T struct{}\n"), []string{"exported T"}},
		{"types in a group", file("// Types.\ntype (\n\tT int\n\t// U is.\n\tU int\n)\n"), []string{"exported T"}},
		{"aliases in a group", file("// Names.\ntype (\n\tT = int\n\tU = int\n)\n"), nil},
		{"alias without a comment", file("type (\n\tT = int\n)\n"), []string{"exported T"}},
		{"fields are exempt", file("// T is.\ntype T struct{ Field int }\n"), nil},
		{"constant", file("const A, b = 1, 2\n"), []string{"exported A"}},
		{"constants under one comment", file("// Kinds.\nconst (\n\tA = iota\n\tB\n)\n"), nil},
		{"constants one by one", file("const (\n\tA = iota // first\n\t// B is second.\n\tB\n\tC\n)\n"), []string{"exported C"}},
		{"variable", file("var ErrX = error(nil)\n"), []string{"exported ErrX"}},
		{"internal", map[string]string{"internal/x/a.go": "package x\n\nfunc F() {}\n"}, nil},
		{"command", map[string]string{"cmd/x/a.go": "package main\n\nfunc F() {}\n"}, nil},
		{"test", map[string]string{"metric/a_test.go": "package metric\n\nfunc TestF() {}\n"}, nil},
	}, checkDocs)
}

func TestCheckPackageDocs(t *testing.T) {
	t.Parallel()
	const bare, documented = "package x\n", "// Package x is.\npackage x\n"
	run(t, []example{
		{"one", map[string]string{"x/a.go": documented, "x/b.go": bare}, nil},
		{"none", map[string]string{"x/a.go": bare}, []string{"package x has 0 package comments"}},
		{"two", map[string]string{"x/a.go": documented, "x/b.go": documented}, []string{"package x has 2 package comments"}},
		{"tests alone", map[string]string{"x/a_test.go": bare}, nil},
	}, checkPackageDocs)
}
