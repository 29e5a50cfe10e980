package expose_test

import (
	"fmt"
	"maps"
	"math"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"polymeter.dev/exposition"
	"polymeter.dev/interop/corpus"
	"polymeter.dev/interop/peers"
	"polymeter.dev/interop/promread"
	"polymeter.dev/interop/pyclient"
	"polymeter.dev/metric"
)

// pythons are the versions of the Python client whose parsers read the pages.
var pythons = map[string]func() (*peers.Python, error){"0.16": peers.Python016, "0.21": peers.Python021}

// TestPythonReadsText has the Python client's parsers, of which that of
// OpenMetrics is strict, read the corpus. Both versions know legacy names only,
// so names are escaped.
func TestPythonReadsText(t *testing.T) {
	t.Parallel()
	for version, find := range pythons {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			client := pyclient.Start(t, peers.Require(t, find), "")
			for escaping, scheme := range promread.Schemes {
				if escaping == metric.AllowUTF8 {
					continue
				}
				view := corpus.View{Escape: escape(scheme), Lines: true}
				format := exposition.Format{Escaping: escaping}
				page := write(t, corpus.Collector(corpus.Families(false)), format, nil)
				parsed, err := client.ParseText(string(page))
				comparePython(t, corpus.Families(false), escaping.String()+" text", parsed, err, page, view)

				view.Metadata, view.Strict = true, true
				format.Syntax = exposition.OpenMetrics
				page = write(t, corpus.Collector(corpus.Families(false)), format, nil)
				parsed, err = client.ParseOpenMetrics(string(page))
				comparePython(t, corpus.Families(false), escaping.String()+" openmetrics", parsed, err, page, view)
			}
		})
	}
}

func comparePython(t promread.TB, families []corpus.Family, name string, parsed pyclient.Page, err error, page []byte, view corpus.View) {
	t.Helper()
	if err != nil {
		t.Errorf("%s: %v\nin the page\n%s", name, err, page)
		return
	}
	want := map[string]string{}
	for _, f := range families {
		for _, l := range f.Lines(view) {
			add(want, l.Name, l.Labels, l.Value, milli(l.Time), l.Exemplars)
			if name, labels, ok := created(&f, l, view.Escape); ok && l.Start != 0 {
				add(want, name, labels, float64(l.Start)/1000, milli(l.Time), nil)
			}
		}
	}
	got := map[string]string{}
	for _, f := range parsed {
		addPython(t, got, &f)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s: (-want +got)\n%s\nin the page\n%s", name, diff, page)
	}
}

// addPython adds the samples of a family as the Python client's parser sees it.
func addPython(t promread.TB, set map[string]string, f *pyclient.Family) {
	t.Helper()
	for _, s := range f.Samples {
		var exemplars []corpus.Exemplar
		if e := s.Exemplar; e != nil {
			exemplars = []corpus.Exemplar{{Labels: e.Labels, Value: float64(e.Value), Time: int64(math.Round(seconds(t, e.Timestamp) * 1000))}}
		}
		at := ""
		if s.Timestamp != "" {
			at = milli(int64(math.Round(seconds(t, s.Timestamp) * 1000)))
		}
		add(set, s.Name, s.Labels, float64(s.Value), at, exemplars)
	}
}

// add adds a sample in a form that can be compared.
func add(set map[string]string, name string, labels map[string]string, value float64, at string, exemplars []corpus.Exemplar) {
	key := fmt.Sprintf("%s %q", name, labels)
	if at != "" {
		key += " at " + at
	}
	// The parser of OpenMetrics reads "-0" as a whole number, without a sign.
	text := strconv.FormatFloat(value+0, 'g', -1, 64)
	for _, x := range exemplars {
		if x.Labels == nil {
			x.Labels = map[string]string{}
		}
		text += fmt.Sprintf(" # %q %v at %d", x.Labels, x.Value+0, x.Time)
	}
	if before, ok := set[key]; ok {
		text = before + " and " + text
	}
	set[key] = text
}

func milli(ms int64) string {
	if ms == 0 {
		return ""
	}
	return strconv.FormatInt(ms, 10)
}

func seconds(t promread.TB, text string) float64 {
	t.Helper()
	f, err := strconv.ParseFloat(text, 64)
	if err != nil {
		t.Fatalf("%v", err)
	}
	return f
}

// created returns the line that says when counting began, for the one line of a
// series that it goes with.
func created(f *corpus.Family, line corpus.Line, escape func(string) string) (string, map[string]string, bool) {
	switch f.Type {
	case metric.TypeCounter:
		return escape(f.Name + "_created"), line.Labels, true
	case metric.TypeSummary:
		return escape(f.Name) + "_created", line.Labels, strings.HasSuffix(line.Name, "_count")
	case metric.TypeHistogram:
		labels := maps.Clone(line.Labels)
		delete(labels, "le")
		return escape(f.Name) + "_created", labels, line.Labels["le"] == "+Inf"
	}
	return "", nil, false
}

// TestPythonReadsRandomPages has the Python client's parsers read random
// families.
func TestPythonReadsRandomPages(t *testing.T) {
	t.Parallel()
	for version, find := range pythons {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			client := pyclient.Start(t, peers.Require(t, find), "")
			rapid.Check(t, func(r *rapid.T) {
				var families []corpus.Family
				for i := range rapid.IntRange(1, 3).Draw(r, "families") {
					families = append(families, palatable(family(r, i)))
				}
				format := exposition.Format{
					Syntax:   rapid.SampledFrom([]exposition.Syntax{exposition.Text, exposition.OpenMetrics}).Draw(r, "syntax"),
					Escaping: rapid.SampledFrom([]metric.Escaping{metric.Underscores, metric.Dots, metric.Values}).Draw(r, "escaping"),
				}
				page := write(t, corpus.Collector(families), format, nil)
				view := corpus.View{Escape: escape(promread.Schemes[format.Escaping]), Lines: true}
				read := client.ParseText
				if format.Syntax == exposition.OpenMetrics {
					view.Metadata, view.Strict = true, true
					read = client.ParseOpenMetrics
				}
				parsed, err := read(string(page))
				comparePython(r, families, format.String(), parsed, err, page, view)
			})
		})
	}
}

// palatable returns the family without what only this parser of OpenMetrics
// stumbles over: exemplars with punctuation, and some info with a timestamp
// beside others without.
func palatable(f corpus.Family) corpus.Family {
	plain := func(text string) string {
		return strings.Map(func(c rune) rune {
			if strings.ContainsRune(`{}=,#"\ `, c) {
				return '.'
			}
			return c
		}, text)
	}
	for i := range f.Points {
		p := &f.Points[i]
		if f.Type == metric.TypeInfo {
			p.Time = 0
		}
		for j, x := range p.Exemplars {
			labels := map[string]string{}
			for name, value := range x.Labels {
				labels[plain(name)] = plain(value)
			}
			p.Exemplars[j].Labels = labels
		}
	}
	return f
}
