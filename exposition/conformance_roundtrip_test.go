package exposition_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"polymeter.dev/exposition"
	"polymeter.dev/metric"
)

// rewritten is what the encoder makes of families that were decoded.
type rewritten struct {
	page    string
	kept    []metric.Family // those that it did not refuse
	refused []error
	stats   exposition.Stats
}

// fatal is what tests and properties have in common.
type fatal interface {
	Helper()
	Fatal(args ...any)
}

// rewrite writes families in the format that they were decoded from.
func (f *conformant) rewrite(tb fatal, families []metric.Family) rewritten {
	tb.Helper()
	var page bytes.Buffer
	var r rewritten
	e := exposition.NewEncoder(&page, f.format, nil)
	for _, family := range families {
		err := e.Encode(family)
		var refused *exposition.FamilyError
		switch {
		case err == nil:
			r.kept = append(r.kept, family)
		case errors.As(err, &refused):
			r.refused = append(r.refused, err)
		default:
			tb.Fatal(err)
		}
	}
	if err := e.Close(); err != nil {
		tb.Fatal(err)
	}
	r.page, r.stats = page.String(), e.Stats()
	return r
}

// drops reports whether the encoder left something out, as its documentation says.
func (r *rewritten) drops() bool {
	s := r.stats
	s.Families, s.Samples, s.Refused = 0, 0, 0
	return s != exposition.Stats{}
}

// stays checks that families stay what they are when they are written and decoded
// again, and that then the page stays what it is. It returns what was written.
func (f *conformant) stays(t *testing.T, families []metric.Family) rewritten {
	t.Helper()
	once := f.rewrite(t, families)
	again, err := decodePage(f.decoder(strings.NewReader(once.page), nil))
	if err != nil {
		t.Fatalf("%v in\n%s", err, once.page)
	}
	if !once.drops() {
		if diff := cmp.Diff(renderFamilies(t, once.kept), renderFamilies(t, again)); diff != "" {
			t.Errorf("(-decoded +decoded again)\n%sby way of\n%s", diff, once.page)
		}
	}
	twice := f.rewrite(t, again)
	if diff := cmp.Diff(once.page, twice.page); diff != "" || len(twice.refused) > 0 {
		t.Errorf("refused %v (-written +written again)\n%s", twice.refused, diff)
	}
	return once
}

// TestConformanceStays writes what the corpus has the decoders accept.
func TestConformanceStays(t *testing.T) {
	t.Parallel()
	// The encoder does not write all that is permitted.
	unwritten := map[string]string{
		"every character of a label name":                  "is reserved",
		"an info whose label changes and changes back":     "are apart",
		"names that clash in version 1.0 only":             "is already on the page",
		"a start of the older form is a family of its own": "is already on the page",
		"lines of version 1.0 for a histogram":             "is already on the page",
	}
	for _, f := range []conformant{conformantText, conformantOpenMetrics, conformantOpenMetrics2} {
		for _, c := range readConformance(t, f.folder) {
			if c.rejected {
				continue
			}
			t.Run(f.folder+"/"+c.name, func(t *testing.T) {
				t.Parallel()
				families, err := decodePage(f.decoder(strings.NewReader(c.page), nil))
				if err != nil {
					t.Fatal(err)
				}
				for _, err := range f.stays(t, families).refused {
					if want := unwritten[c.name]; want == "" || !strings.Contains(err.Error(), want) {
						t.Errorf("%s: %v", c.where(), err)
					}
				}
			})
		}
	}
}

// TestGoldenStays decodes pages that the encoder wrote.
func TestGoldenStays(t *testing.T) {
	t.Parallel()
	for _, f := range []struct {
		conformant
		files string
	}{{conformantText, "text-*.txt"}, {conformantOpenMetrics, "openmetrics1-*.txt"}} {
		files, err := filepath.Glob(filepath.Join("testdata", f.files))
		if err != nil || len(files) < 5 {
			t.Fatal(files, err)
		}
		for _, file := range files {
			t.Run(filepath.Base(file), func(t *testing.T) {
				t.Parallel()
				text, err := os.ReadFile(file)
				if err != nil {
					t.Fatal(err)
				}
				page := string(text)
				families, err := decodePage(f.decoder(strings.NewReader(page), nil))
				if err != nil {
					t.Fatal(err)
				}
				again := f.stays(t, families).page
				if strings.HasPrefix(filepath.Base(file), "text-created") {
					return // times have become values, which have another form
				}
				if diff := cmp.Diff(page, again); diff != "" {
					t.Errorf("(-want +got)\n%s", diff)
				}
			})
		}
	}
}

// fuzz is the body of a fuzz target.
func (f *conformant) fuzz(t *testing.T, page []byte) { f.fuzzed(t, page) }

// fuzzed checks that whatever can be decoded stays what it is, and that it does not
// take long. It returns what was written.
func (f *conformant) fuzzed(t *testing.T, page []byte) rewritten {
	t.Helper()
	start := time.Now()
	options := &exposition.DecodeOptions{MaxLineBytes: 1 << 16, MaxSamples: 10_000, MaxFamilies: 10_000}
	families, err := decodePage(f.decoder(bytes.NewReader(page), options))
	if took := time.Since(start); took > 10*time.Second {
		t.Errorf("it took %v", took)
	}
	var wrong *exposition.DecodeError
	if err != nil && (!errors.As(err, &wrong) || wrong.Line < 1 || wrong.Column < 1 || wrong.Reason == "") {
		t.Errorf("error %v", err)
	}
	return f.stays(t, families)
}

// seed adds the pages of the corpus to a fuzz target.
func (f *conformant) seed(fz *testing.F) {
	for _, c := range readConformance(fz, f.folder) {
		fz.Add([]byte(c.page))
	}
}
