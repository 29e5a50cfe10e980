package collectors_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"polymeter.dev"
	"polymeter.dev/collectors"
	"polymeter.dev/exposition"
	"polymeter.dev/metric"
)

// all returns every collector of the package, by name.
func all() map[string]metric.Collector {
	return map[string]metric.Collector{
		"process":           collectors.NewProcess(nil),
		"process of others": collectors.NewProcess(&collectors.ProcessOptions{PID: os.Getpid(), Namespace: "worker"}),
		"go":                collectors.NewGo(nil),
		"all of go":         collectors.NewGo(&collectors.GoOptions{All: true}),
		"build info":        collectors.NewBuildInfo(),
	}
}

// collect returns the families of a collector, copied.
func collect(t *testing.T, c metric.Collector) []*metric.Snapshot {
	t.Helper()
	var families []*metric.Snapshot
	err := c.Collect(t.Context(), func(f metric.Family) error {
		s, err := metric.Copy(f)
		families = append(families, s)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return families
}

// samples returns the only sample of each family, by its name.
func samples(t *testing.T, c metric.Collector) map[string]metric.Sample {
	t.Helper()
	found := map[string]metric.Sample{}
	for _, f := range collect(t, c) {
		if f.Len() != 1 {
			t.Fatalf("%s has %d samples", f.Desc().Name, f.Len())
		}
		_ = f.Each(func(s *metric.Sample) error {
			found[f.Desc().SampleName()] = *s.Clone()
			return nil
		})
	}
	return found
}

func describe(t *testing.T, c metric.Collector) []*metric.Desc {
	t.Helper()
	d, ok := c.(metric.Describer)
	if !ok {
		t.Fatalf("%T does not describe itself", c)
	}
	return d.Describe()
}

func names(descs []*metric.Desc) []string {
	var names []string
	for _, d := range descs {
		names = append(names, d.SampleName())
	}
	return names
}

func TestFamilies(t *testing.T) {
	t.Parallel()
	for name, c := range all() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			exposed := map[string]bool{}
			for _, d := range describe(t, c) {
				for _, name := range d.ExposedNames() {
					if exposed[name] {
						t.Errorf("%s occurs twice", name)
					}
					exposed[name] = true
				}
				if err := d.Validate(metric.LegacyValidation); err != nil {
					t.Error(err)
				}
				if d.Help == "" || d.LabelNames == nil {
					t.Errorf("%s lacks a help text or its label names", d.Name)
				}
			}
			for _, f := range collect(t, c) {
				if err := f.Validate(metric.LegacyValidation); err != nil {
					t.Error(err)
				}
			}
		})
	}
}

func TestDescribeCoversCollect(t *testing.T) {
	t.Parallel()
	for name, c := range all() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			described := map[string]*metric.Desc{}
			for _, d := range describe(t, c) {
				described[d.Name] = d
			}
			for _, f := range collect(t, c) {
				got, want := f.Desc(), described[f.Desc().Name]
				if want == nil {
					t.Errorf("%s is not described", got.Name)
					continue
				}
				if got.Type != want.Type || got.Unit != want.Unit || got.Help != want.Help || !slices.Equal(got.LabelNames, want.LabelNames) {
					t.Errorf("got %+v, described %+v", got, want)
				}
				delete(described, got.Name)
			}
			if strings.HasPrefix(name, "process") {
				return // what cannot be read is left out
			}
			for name := range described {
				t.Errorf("%s was described, not collected", name)
			}
		})
	}
}

func TestPagesAreValid(t *testing.T) {
	t.Parallel()
	formats := map[string]exposition.Format{
		"text":          exposition.FormatText(),
		"OpenMetrics":   exposition.FormatOpenMetrics(),
		"OpenMetrics 2": exposition.FormatOpenMetrics2(),
		"protobuf":      exposition.FormatProtobuf(),
		"JSON":          exposition.FormatJSON(),
	}
	for format, f := range formats {
		t.Run(format, func(t *testing.T) {
			t.Parallel()
			for name, c := range all() {
				var page bytes.Buffer
				stats, err := exposition.Write(t.Context(), &page, c, f, nil)
				if err != nil {
					t.Errorf("%s: %v", name, err)
				}
				if stats.Families != len(describe(t, c)) && !strings.HasPrefix(name, "process") {
					t.Errorf("%s: %d families were written, %d described", name, stats.Families, len(describe(t, c)))
				}
			}
		})
	}
}

func TestStandardIsRegistered(t *testing.T) {
	t.Parallel()
	r := polymeter.NewRegistry(nil)
	r.MustRegister(collectors.Standard()...)
	page, err := exposition.GenerateOpenMetrics(r)
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{"go_goroutines ", "go_info{", "go_build_info{", "go_memstats_alloc_bytes_total "} {
		if !strings.Contains(string(page), "\n"+line) {
			t.Errorf("there is no %q in\n%s", line, page)
		}
	}
}

func TestEmitErrorEndsCollection(t *testing.T) {
	t.Parallel()
	full := errors.New("full")
	for name, c := range all() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			calls := 0
			emit := func(metric.Family) error { calls++; return full }
			err := c.Collect(t.Context(), emit)
			if len(describe(t, c)) == 0 {
				return // as on a platform that has nothing
			}
			if !errors.Is(err, full) || calls != 1 {
				t.Errorf("got %v after %d calls", err, calls)
			}
			if len(collect(t, c)) == 0 {
				t.Error("nothing is collected afterwards")
			}
		})
	}
}

// TestConcurrentCollect has scrapes overlap for sure: each waits for the other
// within emit.
func TestConcurrentCollect(t *testing.T) {
	t.Parallel()
	for name, c := range all() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if len(describe(t, c)) == 0 {
				t.Skip("nothing is collected here")
			}
			var inside, done sync.WaitGroup
			inside.Add(2)
			for range 2 {
				done.Go(func() {
					first := true
					err := c.Collect(context.Background(), func(f metric.Family) error {
						if first {
							first = false
							inside.Done()
							inside.Wait()
						}
						s, err := metric.Copy(f)
						if err != nil {
							return err
						}
						return s.Validate(metric.LegacyValidation)
					})
					if err != nil {
						t.Error(err)
					}
				})
			}
			done.Wait()
		})
	}
}

func TestBuildInfo(t *testing.T) {
	t.Parallel()
	s, ok := samples(t, collectors.NewBuildInfo())["go_build_info"]
	if !ok || s.Value != 1 {
		t.Fatalf("got %+v", s)
	}
	for _, label := range []string{"path", "version", "checksum"} {
		if _, ok := s.Labels.Lookup(label); !ok {
			t.Errorf("no label %s in %s", label, s.Labels)
		}
	}
}

// TestDocs keeps the page for users and the code the same.
func TestDocs(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../docs/collectors.md")
	if err != nil {
		t.Fatal(err)
	}
	sections := map[string]metric.Collector{
		"Go runtime": collectors.NewGo(nil),
		"Build":      collectors.NewBuildInfo(),
	}
	if process := collectors.NewProcess(nil); len(describe(t, process)) == processMetrics {
		sections["Process"] = process
	}
	for title, c := range sections {
		t.Run(title, func(t *testing.T) {
			t.Parallel()
			_, section, found := strings.Cut(string(page), "\n## "+title+"\n")
			if !found {
				t.Fatalf("docs/collectors.md has no section %q", title)
			}
			section, _, _ = strings.Cut(section, "\n## ")
			got := strings.Join(regexp.MustCompile("(?m)^\\| `.*$").FindAllString(section, -1), "\n")
			if want := table(describe(t, c)); got != want {
				t.Errorf("docs/collectors.md has\n%s\nthe code has\n%s", got, want)
			}
		})
	}
}

// processMetrics is how many process metrics there are where all are known.
const processMetrics = 9

func table(descs []*metric.Desc) string {
	var lines []string
	for _, d := range descs {
		labels := " "
		if len(d.LabelNames) > 0 {
			labels = " `" + strings.Join(d.LabelNames, "`, `") + "` "
		}
		lines = append(lines, "| `"+d.SampleName()+"` | "+d.Type.String()+" |"+labels+"| "+d.Help+" |")
	}
	return strings.Join(lines, "\n")
}
