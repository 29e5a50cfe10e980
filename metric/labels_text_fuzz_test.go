package metric_test

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"polymeter.dev/metric"
)

// FuzzLabelText reads two texts, as they may stand between braces, with one reader
// and one after the other. Each is the set that its pairs make by themselves, however
// often it is read and whatever was read before.
func FuzzLabelText(f *testing.F) {
	for _, texts := range [][2]string{
		{"", `a="1"`},
		{`a="1",b="2"`, `a="1",b="3"`},
		{`a="1",b="2"`, `b="2",a="1"`},
		{`a="1",b="2"`, `a="1"`},
		{`a="1"`, `a="1",b="2"`},
		{`z="1",le="2"`, `le="2",z="1"`},
		{`le="1",quantile="2"`, `quantile="2",le="1"`},
		{`a="\\\"\n"`, `a="\d\\"`},
		{`"a"="1",b="2"`, `a="1",b="2"`},
		{`"a.b"="1",B="2"`, `"a\"\\\n"="1","\q"="2"`},
		{`"="="",","=","`, `"}"="{","le"="1",é="2"`},
		{`a="1",a="2"`, `a="1","a"="2"`},
		{`a="1",b="2","a"="1"`, `"\q"="1","\\q"="2"`},
		{`""="1"`, `a="1",""=""`},
		{"a=\"\x00\",b=\"\r\"", `a="🎉",b="é"`},
	} {
		f.Add(texts[0], texts[1])
	}
	f.Fuzz(func(t *testing.T, first, second string) {
		var reader metric.LabelText
		var kept []metric.Labels
		for _, text := range []string{first, second, first} {
			pairs, ok := splitLabelText(text)
			if !ok {
				return
			}
			for _, together := range [][]byte{[]byte(text), nil} {
				got, err := readPairs(&reader, pairs, together)
				checkLabelText(t, text, got, err)
				kept = append(kept, got)
			}
		}
		for i, text := range []string{first, first, second, second, first, first} {
			if want, err := makeLabels(t, text); err == nil && kept[i] != want {
				t.Errorf("{%s} has become %v", text, kept[i])
			}
		}
	})
}

// rawPair is a label as it stands in text, names without their quotes.
type rawPair struct {
	name, value string
	quoted      bool
}

var pairPattern = regexp.MustCompile(`^(?:([a-zA-Z_][a-zA-Z0-9_]*)|"((?:\\.|[^\\"\n])*)")="((?:\\.|[^\\"\n])*)"(?:,|$)`)

// splitLabelText takes text apart, and reports whether it is pairs with commas
// between them.
func splitLabelText(text string) (pairs []rawPair, ok bool) {
	if strings.HasSuffix(text, ",") || !utf8.ValidString(text) {
		return nil, false
	}
	for text != "" {
		m := pairPattern.FindStringSubmatch(text)
		if m == nil {
			return nil, false
		}
		pairs = append(pairs, rawPair{m[1] + m[2], m[3], m[1] == ""})
		text = text[len(m[0]):]
	}
	return pairs, true
}

// readPairs reads pairs; together is how they stood.
func readPairs(reader *metric.LabelText, pairs []rawPair, together []byte) (metric.Labels, error) {
	reader.Begin()
	for _, p := range pairs {
		reader.Add([]byte(p.name), p.quoted, []byte(p.value))
	}
	return reader.Labels(together)
}

// unescaper undoes the escapes of quotes; what is none stays as it is.
var unescaper = strings.NewReplacer(`\\`, `\`, `\"`, `"`, `\n`, "\n")

// makeLabels returns the set that the pairs of a text make.
func makeLabels(t *testing.T, text string) (metric.Labels, error) {
	t.Helper()
	pairs, ok := splitLabelText(text)
	if !ok {
		t.Fatalf("{%s} is not label text", text)
	}
	var names, values []string
	for _, p := range pairs {
		name := p.name
		if p.quoted {
			name = unescaper.Replace(name)
		}
		names, values = append(names, name), append(values, unescaper.Replace(p.value))
	}
	return metric.MakeLabels(names, values)
}

// checkLabelText checks what was read of a text: the set that its pairs make, in
// canonical order, which reads as itself.
func checkLabelText(t *testing.T, text string, got metric.Labels, err error) {
	t.Helper()
	want, wantErr := makeLabels(t, text)
	if (err != nil) != (wantErr != nil) || got != want {
		t.Fatalf("{%s} is %v, error %v, want %v, error %v", text, got, err, want, wantErr)
	}
	if err != nil {
		return
	}
	var names []string
	for name := range got.All() {
		names = append(names, name)
	}
	if !slices.IsSortedFunc(names, canonicalOrder) {
		t.Errorf("{%s} has its names in the order %q", text, names)
	}
	if again, err := makeLabels(t, got.Text()); err != nil || again != got {
		t.Errorf("{%s} is %v, which reads as %v, error %v", text, got, again, err)
	}
}

// canonicalOrder has the labels of bounds behind all others.
func canonicalOrder(a, b string) int {
	late := map[string]int{"le": 1, "quantile": 1}
	return cmp.Or(cmp.Compare(late[a], late[b]), strings.Compare(a, b))
}

// FuzzMakeLabels makes sets of two names and values that need not be valid.
func FuzzMakeLabels(f *testing.F) {
	for _, pairs := range [][4]string{
		{"a", "1", "b", "2"},
		{"b", "\\\"\n", "a.b", ""},
		{"le", "1", "z", "2"},
		{"a", "1", "a", "2"},
		{"", "1", "a", "2"},
		{"a", "\xff", "b", "2"},
		{"a", "1", "\xc3", "2"},
		{"a=\"1\",b", "", "\x00", "é"},
	} {
		f.Add(pairs[0], pairs[1], pairs[2], pairs[3])
	}
	f.Fuzz(func(t *testing.T, name1, value1, name2, value2 string) {
		names, values := []string{name1, name2}, []string{value1, value2}
		l, err := metric.MakeLabels(names, values)
		valid := utf8.ValidString(name1 + "\n" + value1 + "\n" + name2 + "\n" + value2)
		if wrong := !valid || name1 == "" || name2 == "" || name1 == name2; wrong != (err != nil) {
			t.Fatalf("MakeLabels(%q, %q) = %v, error %v", names, values, l, err)
		}
		if err != nil {
			return
		}
		slices.Reverse(names)
		slices.Reverse(values)
		if other, err := metric.MakeLabels(names, values); err != nil || other != l {
			t.Errorf("in the other order %v is %v, error %v", l, other, err)
		}
		if l.Get(name1) != value1 || l.Get(name2) != value2 || l.Len() != 2 {
			t.Errorf("%v is not %q=%q, %q=%q", l, name1, value1, name2, value2)
		}
		if legacy := metric.IsLegacyLabelName(name1) && metric.IsLegacyLabelName(name2); l.Quoted() == legacy {
			t.Errorf("Quoted of %v is %v", l, l.Quoted())
		}
		checkLabelText(t, l.Text(), l, nil)
	})
}
