package exposition_test

import (
	"bytes"
	"context"
	stdjson "encoding/json"
	"fmt"
	"maps"
	"regexp"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"polymeter.dev/exposition"
	"polymeter.dev/metric"
)

// awkward are strings of the characters that encoders must care about.
func awkward() *rapid.Generator[string] {
	return rapid.StringOfN(rapid.SampledFrom([]rune("ab_:.,={}\"\\\n\t\x00é世 ")), 0, 8, -1)
}

func labelMaps() *rapid.Generator[map[string]string] {
	name := rapid.Custom(func(t *rapid.T) string { return "a" + awkward().Draw(t, "name") })
	return rapid.MapOfN(name, awkward(), 0, 4)
}

// TestLabelsSurviveJSON reads label sets of any kind back from JSON.
func TestLabelsSurviveJSON(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		want, help := labelMaps().Draw(r, "labels"), awkward().Draw(r, "help")
		set, err := metric.LabelsFromMap(want)
		if err != nil {
			r.Fatal(err)
		}
		f := &family{metric.Desc{Name: "x", Help: help}, []metric.Sample{{Name: "x", Labels: set, Exemplars: []metric.Exemplar{{Labels: set}}}}}
		page, _ := write(t, json, f)
		var got struct {
			Help    string
			Samples []struct {
				Labels map[string]string
			}
		}
		if err := stdjson.Unmarshal([]byte(page), &got); err != nil {
			r.Fatalf("%v in %s", err, page)
		}
		if got.Help != help || !maps.Equal(got.Samples[0].Labels, want) {
			r.Errorf("help %q, labels %q in %s", help, want, page)
		}
	})
}

// TestLabelsSurviveProtobuf reads label sets of any kind back from protobuf.
func TestLabelsSurviveProtobuf(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		want := labelMaps().Draw(r, "labels")
		set, err := metric.LabelsFromMap(want)
		if err != nil {
			r.Fatal(err)
		}
		page, _ := write(t, pb, of(metric.TypeGauge, "x", metric.Sample{Name: "x", Labels: set}))
		dump := dumpFamilies(t, []byte(page))
		if n := strings.Count(dump, " label:{") + strings.Count(dump, "metric:{label:{"); n < len(want) {
			r.Errorf("%d labels in %s", n, dump)
		}
		for name, value := range want {
			if !strings.Contains(dump, "label:{"+dumpPair(name, value)+"}") {
				r.Errorf("no %q=%q in %s", name, value, dump)
			}
		}
	})
}

func dumpPair(name, value string) string {
	return fmt.Sprintf("name:%q value:%q", name, value)
}

// legacyLine is a line of the text format with no quoted names.
var legacyLine = regexp.MustCompile(`^(# TYPE [a-zA-Z_:][a-zA-Z0-9_:]* [a-z]+|[a-zA-Z_:][a-zA-Z0-9_:]*(\{([a-zA-Z_][a-zA-Z0-9_]*="(\\.|[^"\\])*",?)+\})? [0-9]+)$`)

// TestEscapedNamesAreLegacy checks that under the escaping schemes no name is
// outside the legacy grammar, whatever it was.
func TestEscapedNamesAreLegacy(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		set, err := metric.LabelsFromMap(labelMaps().Draw(r, "labels"))
		if err != nil {
			r.Fatal(err)
		}
		name := "a" + awkward().Draw(r, "name")
		for _, scheme := range []metric.Escaping{metric.Underscores, metric.Dots, metric.Values} {
			var page bytes.Buffer
			f := of(metric.TypeCounter, name, metric.Sample{Name: name + "_total", Labels: set})
			_, err := exposition.Write(context.Background(), &page, collector(f), exposition.Format{Escaping: scheme}, nil)
			if err != nil && !strings.Contains(err.Error(), "become") {
				r.Error(err)
			}
			for line := range strings.Lines(page.String()) {
				if !legacyLine.MatchString(strings.TrimSuffix(line, "\n")) {
					r.Errorf("%s: line %q", scheme, line)
				}
			}
		}
	})
}

// TestLengthsInProtobuf reads labels back whose messages have lengths around
// those where the length takes another byte.
func TestLengthsInProtobuf(t *testing.T) {
	t.Parallel()
	for _, around := range []int{0x80, 0x4000} {
		for length := around - 32; length < around+4; length++ {
			value := strings.Repeat("v", length)
			page, _ := write(t, pb, of(metric.TypeGauge, "x", sample("x", 1, "name", value)))
			if dump := dumpFamilies(t, []byte(page)); !strings.Contains(dump, "metric:{label:{"+dumpPair("name", value)+"} gauge:{value:1}}") {
				t.Fatalf("length %d:\n%s", length, dump)
			}
		}
	}
}
