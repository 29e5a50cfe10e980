package exposition_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// conformanceCase is a page of the conformance corpus with what a decoder must make
// of it. testdata/conformance/README.md describes the files.
type conformanceCase struct {
	file, name string
	line       int    // where in the file it begins
	spec       string // the section of the specification that decides
	page       string

	// rejected says that the page is to be refused there, for the reason.
	rejected           bool
	errLine, errColumn int
	reason             string
	families           string // of a page that is accepted, as renderFamilies has them
}

func (c *conformanceCase) where() string { return fmt.Sprintf("%s:%d", c.file, c.line) }

// readConformance reads the cases of all files in a folder of the corpus.
func readConformance(tb testing.TB, folder string) []conformanceCase {
	tb.Helper()
	files, err := filepath.Glob(filepath.Join("testdata", "conformance", folder, "*.txt"))
	if err != nil || len(files) == 0 {
		tb.Fatalf("no files in %s: %v", folder, err)
	}
	var cases []conformanceCase
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			tb.Fatal(err)
		}
		r := conformanceReader{file: file, lines: strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")}
		if err := r.read(); err != nil {
			tb.Fatalf("%s:%d: %v", file, r.at, err)
		}
		cases = append(cases, r.cases...)
	}
	return cases
}

// conformanceReader reads one file.
type conformanceReader struct {
	file  string
	lines []string
	at    int // lines that were taken
	spec  string
	cases []conformanceCase
}

func (r *conformanceReader) next() (line string, ok bool) {
	if r.at == len(r.lines) {
		return "", false
	}
	r.at++
	return r.lines[r.at-1], true
}

// read reads what may stand between cases, and the cases.
func (r *conformanceReader) read() error {
	names := map[string]bool{}
	for line, ok := r.next(); ok; line, ok = r.next() {
		name, isCase := strings.CutPrefix(line, "=== ")
		switch spec, isSpec := strings.CutPrefix(line, "spec: "); {
		case line == "" || strings.HasPrefix(line, "## "):
			continue
		case isSpec:
			r.spec = spec
			continue
		case !isCase:
			return fmt.Errorf("%q between two cases", line)
		case r.spec == "" || name == "" || names[name]:
			return fmt.Errorf("the case %q has no specification or no name of its own", name)
		}
		names[name] = true
		c := conformanceCase{file: r.file, name: name, line: r.at, spec: r.spec}
		if err := r.readCase(&c); err != nil {
			return err
		}
		r.cases = append(r.cases, c)
	}
	return nil
}

// readCase reads the page and the verdict.
func (r *conformanceReader) readCase(c *conformanceCase) error {
	var page strings.Builder
	quoted := false
	for {
		line, ok := r.next()
		switch place, isReject := strings.CutPrefix(line, "--- reject "); {
		case !ok:
			return fmt.Errorf("the case %q has no verdict", c.name)
		case line == "--- quoted" && page.Len() == 0:
			quoted = true
		case isReject:
			c.page = page.String()
			return c.readRejection(place)
		case line == "--- families":
			c.page = page.String()
			c.families = r.readFamilies()
			return nil
		case strings.HasPrefix(line, "--- "):
			return fmt.Errorf("%q is no directive", line)
		case quoted:
			text, err := strconv.Unquote(line)
			if err != nil {
				return fmt.Errorf("%s is not quoted as in Go", line)
			}
			page.WriteString(text)
		default:
			page.WriteString(line + "\n")
		}
	}
}

// readRejection reads LINE:COLUMN: and a part of the reason.
func (c *conformanceCase) readRejection(place string) (err error) {
	parts := strings.SplitN(place, ":", 3)
	if len(parts) != 3 || len(parts[2]) < 2 {
		return fmt.Errorf("%q is not a line, a column and a reason", place)
	}
	c.rejected, c.reason = true, parts[2][1:]
	if c.errLine, err = strconv.Atoi(parts[0]); err != nil {
		return err
	}
	c.errColumn, err = strconv.Atoi(parts[1])
	return err
}

// readFamilies reads what there is up to an empty line.
func (r *conformanceReader) readFamilies() string {
	var text strings.Builder
	for line, ok := r.next(); ok && line != ""; line, ok = r.next() {
		text.WriteString(line + "\n")
	}
	return text.String()
}
