package exposition

import (
	"maps"
	"testing"
	"unicode/utf8"

	"polymeter.dev/metric"
)

// FuzzLabelScanner compares the scanner with what the labels were made of.
func FuzzLabelScanner(f *testing.F) {
	f.Add("a", "1", "b", "2")
	f.Add("a.b", "\\", "le", "+Inf")
	f.Add("\"", "\"\\\"", "\\\\", "\n,=\"")
	f.Add("quantile", "", "z", "{}")
	f.Fuzz(func(t *testing.T, name1, value1, name2, value2 string) {
		l, err := metric.MakeLabels([]string{name1, name2}, []string{value1, value2})
		if err != nil {
			t.Skip()
		}
		got, runes := map[string]string{}, 0
		scanner := labelScanner{text: l.Text()}
		for part, ok := scanner.next(); ok; part, ok = scanner.next() {
			name, value := string(appendUnescaped(nil, part.name)), string(appendUnescaped(nil, part.value))
			got[name] = value
			runes += utf8.RuneCountInString(name) + utf8.RuneCountInString(value)
			cut, rest, found := cutLabel(l.Text(), part.name)
			if !found || cut != part.value || rest != l.Without(name).Text() {
				t.Errorf("{%s} without %q is {%s}, value %q", l.Text(), name, rest, cut)
			}
		}
		if want := l.Map(); !maps.Equal(got, want) {
			t.Errorf("{%s} is read as %q", l.Text(), got)
		}
		if counted := labelRunes(l.Text()); counted != runes {
			t.Errorf("{%s}: %d code points, not %d", l.Text(), counted, runes)
		}
	})
}

// TestLabelCacheIsBounded checks that a cache forgets series that are gone and
// keeps those in use.
func TestLabelCacheIsBounded(t *testing.T) {
	t.Parallel()
	var cache labelCache
	used, err := metric.MakeLabels([]string{"in.use"}, []string{"always"})
	if err != nil {
		t.Fatal(err)
	}
	schema, err := metric.NewLabelSchema([]string{"a.b"})
	if err != nil {
		t.Fatal(err)
	}
	value := make([]byte, 4)
	for i := range 3 * rememberedSeries {
		value[0], value[1], value[2] = byte('a'+i%26), byte('a'+i/26%26), byte('a'+i/676%26)
		value[3] = byte('!' + i/17576)
		if value[3] == '"' {
			value[3] = '~'
		}
		l, err := schema.Make([]string{string(value)})
		if err != nil {
			t.Fatal(err)
		}
		text, err := cache.get(l, metric.Underscores)
		if want := `a_b="` + string(value) + `"`; err != nil || text != want {
			t.Fatalf("%q, %v instead of %q", text, err, want)
		}
		if i%1000 == 0 {
			if _, err := cache.get(used, metric.Underscores); err != nil {
				t.Fatal(err)
			}
		}
	}
	if held := len(cache.fresh) + len(cache.stale); held > 2*rememberedSeries {
		t.Errorf("%d series are held", held)
	}
	_, fresh := cache.fresh[used]
	_, stale := cache.stale[used]
	if !fresh && !stale {
		t.Error("a series in use is forgotten")
	}
}
