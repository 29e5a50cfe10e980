// Package archtest holds the tests that keep the shape of the code base: which
// package may import which, what must be documented, how long a file may get.
// It has no code of its own beyond its tests.
package archtest

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// modulePath is the module path of the root module.
const modulePath = "polymeter.dev"

// A source is one parsed Go file.
type source struct {
	path   string // slash-separated, relative to the repository's root
	nested bool   // belongs to a module of its own, such as interop
	text   string
	fset   *token.FileSet
	syntax *ast.File
}

// dir is the folder of the file, "." for the root.
func (s source) dir() string { return path.Dir(s.path) }

func (s source) isTest() bool { return strings.HasSuffix(s.path, "_test.go") }

// at renders a position of the file for a message.
func (s source) at(pos token.Pos) string {
	return fmt.Sprintf("%s:%d", s.path, s.fset.Position(pos).Line)
}

// parse reads one Go file given as text.
func parse(path, text string) (source, error) {
	fset := token.NewFileSet()
	syntax, err := parser.ParseFile(fset, path, text, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return source{}, err
	}
	return source{path: path, text: text, fset: fset, syntax: syntax}, nil
}

// load parses every Go file under root, whatever its build constraints.
func load(root string) ([]source, error) {
	var sources []source
	nested := "" // the module folder being walked, "" in the root module
	err := filepath.WalkDir(root, func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, name)
		if err != nil {
			return err
		}
		rel = filepath.ToSlash(rel)
		if entry.IsDir() {
			if rel == "." {
				return nil
			}
			if ignored(entry.Name()) {
				return fs.SkipDir
			}
			if nested != "" && !strings.HasPrefix(rel, nested+"/") {
				nested = ""
			}
			if _, err := os.Stat(filepath.Join(name, "go.mod")); err == nil {
				nested = rel
			}
			return nil
		}
		if path.Ext(rel) != ".go" {
			return nil
		}
		text, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		file, err := parse(rel, string(text))
		if err != nil {
			return err
		}
		file.nested = nested != "" && strings.HasPrefix(rel, nested+"/")
		sources = append(sources, file)
		return nil
	})
	return sources, err
}

// ignored tells whether the go command leaves out folders of this name.
func ignored(name string) bool {
	return name == "testdata" || name == "vendor" || name[0] == '.' || name[0] == '_'
}

var loadRepository = sync.OnceValues(func() ([]source, error) {
	return load(filepath.Join("..", ".."))
})

// repository returns the Go files of the whole repository.
func repository(t *testing.T) []source {
	t.Helper()
	sources, err := loadRepository()
	if err != nil {
		t.Fatal(err)
	}
	return sources
}

// rootModule returns the files of the root module alone.
func rootModule(t *testing.T) []source {
	t.Helper()
	var own []source
	for _, file := range repository(t) {
		if !file.nested {
			own = append(own, file)
		}
	}
	return own
}

// report fails the test with one line for each problem.
func report(t *testing.T, problems []string) {
	t.Helper()
	for _, problem := range problems {
		t.Error(problem)
	}
}

// An example is a small tree that a check must accept or object to.
type example struct {
	name  string
	files map[string]string // path → Go source
	want  []string          // one fragment for each expected problem, in order
}

// run applies a check to each example, so that every check is known to be able
// to fail.
func run(t *testing.T, examples []example, check func([]source) []string) {
	t.Helper()
	for _, ex := range examples {
		t.Run(ex.name, func(t *testing.T) {
			t.Parallel()
			problems := check(ex.parse(t))
			if len(problems) != len(ex.want) {
				t.Fatalf("got %d problems, want %d: %q", len(problems), len(ex.want), problems)
			}
			for i, fragment := range ex.want {
				if !strings.Contains(problems[i], fragment) {
					t.Errorf("problem %q does not mention %q", problems[i], fragment)
				}
			}
		})
	}
}

func (ex example) parse(t *testing.T) []source {
	t.Helper()
	var sources []source
	for name, text := range ex.files {
		file, err := parse(name, text)
		if err != nil {
			t.Fatal(err)
		}
		sources = append(sources, file)
	}
	return sources
}

func TestRepositoryIsFound(t *testing.T) {
	t.Parallel()
	mod, err := os.ReadFile(filepath.Join("..", "..", "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(string(mod), "module "+modulePath+"\n") {
		t.Fatalf("go.mod is not that of %s", modulePath)
	}
	nested := 0
	for _, file := range repository(t) {
		if file.nested {
			nested++
		}
	}
	if nested == 0 || len(rootModule(t)) == 0 {
		t.Errorf("found %d files of nested modules and %d of the root module, want some of each", nested, len(rootModule(t)))
	}
}
