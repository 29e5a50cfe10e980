package lint_test

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"polymeter.dev/exposition/lint"
	"polymeter.dev/metric"
)

const (
	counter   = metric.TypeCounter
	gauge     = metric.TypeGauge
	hist      = metric.TypeHistogram
	gaugeHist = metric.TypeGaugeHistogram
	summary   = metric.TypeSummary
	info      = metric.TypeInfo
	stateSet  = metric.TypeStateSet
	unknown   = metric.TypeUnknown
)

// family is a family of any samples, fit or not.
type family struct {
	desc    metric.Desc
	samples []metric.Sample
}

func (f *family) Desc() *metric.Desc { return &f.desc }

func (f *family) Each(visit func(*metric.Sample) error) error {
	for i := range f.samples {
		if err := visit(&f.samples[i]); err != nil {
			return err
		}
	}
	return nil
}

// of returns a family with a help.
func of(t metric.Type, name string, samples ...metric.Sample) *family {
	return &family{metric.Desc{Name: name, Help: "What is measured.", Type: t}, samples}
}

func (f *family) help(help string) *family       { f.desc.Help = help; return f }
func (f *family) unit(unit string) *family       { f.desc.Unit = unit; return f }
func (f *family) written(name string) *family    { f.desc.Written = name; return f }
func (f *family) labels(names ...string) *family { f.desc.LabelNames = names; return f }

// line is a sample in simple form.
func line(name string, value float64, pairs ...string) metric.Sample {
	return metric.Sample{Name: name, Value: value, Labels: metric.MustLabels(pairs...)}
}

// point is a sample with a time in seconds.
func point(name string, at int64, pairs ...string) metric.Sample {
	s := line(name, 1, pairs...)
	s.Timestamp = metric.NewTimestamp(at, 0)
	return s
}

// many returns n samples of a family that differ in one label.
func many(n int, name, label, format string) []metric.Sample {
	var samples []metric.Sample
	for i := range n {
		samples = append(samples, line(name, 1, label, fmt.Sprintf(format, i)))
	}
	return samples
}

// buckets is a histogram in composite form, with the bounds and counts in turn.
func buckets(boundsAndCounts ...float64) metric.Sample {
	h := &metric.Histogram{}
	for pair := range slices.Chunk(boundsAndCounts, 2) {
		h.Buckets = append(h.Buckets, metric.Bucket{UpperBound: pair[0], Count: pair[1]})
		h.Count = pair[1]
	}
	return metric.Sample{Name: "x", Histogram: h}
}

var (
	inf = math.Inf(1)
	nan = math.NaN()
)

// example is a page on which a rule finds something, or not.
type example struct {
	name  string
	page  []*family
	finds bool
	opts  lint.Options
}

func bad(name string, page ...*family) example  { return example{name: name, page: page, finds: true} }
func good(name string, page ...*family) example { return example{name: name, page: page} }

// with returns the example under other options.
func (ex example) with(o lint.Options) example { ex.opts = o; return ex }

func check(t *testing.T, o lint.Options, page ...*family) []lint.Finding {
	t.Helper()
	l, err := lint.New(&o)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range page {
		if err := l.Family(f); err != nil {
			t.Fatal(err)
		}
	}
	return l.Findings()
}

// TestRules checks of every rule, alone, that it finds what it should, and
// nothing else.
func TestRules(t *testing.T) {
	t.Parallel()
	for id, examples := range allExamples() {
		rule, ok := lint.RuleByID(id)
		if !ok {
			t.Errorf("there are examples of a rule %q, which does not exist", id)
			continue
		}
		for _, ex := range examples {
			t.Run(id+"/"+ex.name, func(t *testing.T) {
				t.Parallel()
				o := ex.opts
				o.Enable = []string{id}
				findings := check(t, o, ex.page...)
				if found := len(findings) > 0; found != ex.finds {
					t.Fatalf("findings: %v", findings)
				}
				for _, f := range findings {
					if f.Rule != id || f.Severity > rule.Severity || f.Message == "" || f.Message == rule.Summary || f.Fix == "" {
						t.Errorf("incomplete finding %+v", f)
					}
				}
			})
		}
	}
}

func TestEveryRuleHasExamples(t *testing.T) {
	t.Parallel()
	all := allExamples()
	for _, rule := range lint.Rules() {
		var bad, good int
		for _, ex := range all[rule.ID] {
			if ex.finds {
				bad++
			} else {
				good++
			}
		}
		if bad < 2 || good < 2 {
			t.Errorf("rule %s has %d bad and %d good examples; it needs two of each", rule.ID, bad, good)
		}
	}
}

func allExamples() map[string][]example {
	all := map[string][]example{}
	for _, group := range []map[string][]example{nameExamples(), unitExamples(), labelExamples(), histogramExamples(), sampleExamples()} {
		for id, examples := range group {
			all[id] = append(all[id], examples...)
		}
	}
	return all
}
