package expose_test

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/prometheus/model/textparse"
	"pgregory.net/rapid"

	"polymeter.dev/exposition"
	"polymeter.dev/interop/corpus"
	"polymeter.dev/interop/peers"
	"polymeter.dev/interop/promread"
	"polymeter.dev/interop/pyclient"
	"polymeter.dev/metric"
)

// TestDecodersReadWhatPrometheusReads decodes random pages in every format, writes
// what was decoded, and has Prometheus read both pages: it finds the same.
func TestDecodersReadWhatPrometheusReads(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		families, format := randomPage(r)
		page := write(t, corpus.Collector(families), format, nil)
		want := promread.Read(r, page, format.ContentType(), textparse.ParserOptions{EnableOpenMetrics2: true})
		again, err := rewrite(t, page, format)
		if stricter(err) {
			r.Skip(err)
		}
		if err != nil {
			r.Fatalf("%v\nin the page\n%s", err, page)
		}
		got := promread.Read(r, again, format.ContentType(), textparse.ParserOptions{EnableOpenMetrics2: true})
		for _, metadata := range []map[string]string{want.Metadata, got.Metadata} {
			maps.DeleteFunc(metadata, func(_, text string) bool { return text == "" })
		}
		if diff := cmp.Diff(want, got); diff != "" {
			r.Fatalf("(-want +got)\n%s\nin the page\n%s\nwhich becomes\n%s", diff, page, again)
		}
	})
}

// rewrite decodes a page and writes it in the same format.
func rewrite(t *testing.T, page []byte, format exposition.Format) ([]byte, error) {
	decoder, err := exposition.NewDecoder(bytes.NewReader(page), format.Syntax, nil)
	if err != nil {
		return nil, err
	}
	format.Escaping = metric.AllowUTF8
	var again bytes.Buffer
	_, err = exposition.Write(t.Context(), &again, exposition.Decoded(decoder), format, nil)
	return again.Bytes(), err
}

// stricter reports whether a page was refused for a rule that Prometheus does not
// have, and that our encoders leave to whoever names labels.
func stricter(err error) bool {
	var decode *exposition.DecodeError
	return errors.As(err, &decode) && strings.Contains(decode.Reason, "begins with an underscore")
}

// TestDecodersReadWhatPythonReads compares what is decoded from pages of the corpus
// with what the Python client's parsers make of them, family by family.
func TestDecodersReadWhatPythonReads(t *testing.T) {
	t.Parallel()
	for version, find := range pythons {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			client := pyclient.Start(t, peers.Require(t, find), "")
			for escaping := range promread.Schemes {
				if escaping == metric.AllowUTF8 {
					continue
				}
				for syntax, parse := range map[exposition.Syntax]func(string) (pyclient.Page, error){
					exposition.Text: client.ParseText, exposition.OpenMetrics: client.ParseOpenMetrics,
				} {
					families := corpus.Families(false)
					if syntax == exposition.OpenMetrics {
						families = withoutReserved(corpus.Families(true))
					}
					format := exposition.Format{Syntax: syntax, Escaping: escaping}
					page := write(t, corpus.Collector(families), format, nil)
					theirs, err := parse(string(page))
					if err != nil {
						t.Fatal(err)
					}
					ours, err := shownDecoded(page, syntax)
					if err != nil {
						t.Fatal(err)
					}
					if diff := cmp.Diff(shownPython(t, theirs), ours); diff != "" {
						t.Errorf("%v, %v: (-python +decoded)\n%s\nin the page\n%s", syntax, escaping, diff, page)
					}
				}
			}
		})
	}
}

// withoutReserved returns the families without labels that OpenMetrics reserves,
// which the Python client's parser accepts.
func withoutReserved(families []corpus.Family) []corpus.Family {
	return slices.DeleteFunc(families, func(f corpus.Family) bool {
		return slices.ContainsFunc(f.Points, func(p corpus.Point) bool {
			for name := range p.Labels {
				if strings.HasPrefix(name, "_") {
					return true
				}
			}
			return false
		})
	})
}

func shownPython(t *testing.T, page pyclient.Page) map[string]string {
	set := map[string]string{}
	for _, f := range page {
		set["family "+f.Name] = fmt.Sprintf("%s %q %q", f.Type, f.Unit, f.Help)
		addPython(t, set, &f)
	}
	return set
}

func shownDecoded(page []byte, syntax exposition.Syntax) (map[string]string, error) {
	decoder, err := exposition.NewDecoder(bytes.NewReader(page), syntax, nil)
	if err != nil {
		return nil, err
	}
	set := map[string]string{}
	for f, err := range exposition.Families(decoder) {
		if err != nil {
			return nil, err
		}
		d := f.Desc()
		set["family "+d.Name] = fmt.Sprintf("%s %q %q", d.Type, d.Unit, d.Help)
		_ = f.Each(func(s *metric.Sample) error { // which returns what this does
			var exemplars []corpus.Exemplar
			for _, e := range s.Exemplars {
				exemplars = append(exemplars, corpus.Exemplar{Labels: e.Labels.Map(), Value: e.Value, Time: e.Timestamp.Milli()})
			}
			at := ""
			if !s.Timestamp.IsZero() {
				at = milli(s.Timestamp.Milli())
			}
			add(set, s.Name, s.Labels.Map(), s.Value, at, exemplars)
			return nil
		})
	}
	return set, nil
}
