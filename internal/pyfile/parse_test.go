package pyfile_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"polymeter.dev/internal/pyfile"
)

func TestKeyParse(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, text string
		want       pyfile.Key
	}{
		{
			"as Python writes it", `["a", "a_total", {"x": "1", "y": "2"}, "Help."]`,
			pyfile.Key{Family: "a", Sample: "a_total", Names: []string{"x", "y"}, Values: []string{"1", "2"}, Help: "Help."},
		},
		{"compact", `["a","a",{"x":"1"},""]`, pyfile.Key{Family: "a", Sample: "a", Names: []string{"x"}, Values: []string{"1"}}},
		{"spread out", " [ \"a\"\n,\t\"a\" , { \"x\" : \"1\" } , \"h\" ]\r\n", pyfile.Key{Family: "a", Sample: "a", Names: []string{"x"}, Values: []string{"1"}, Help: "h"}},
		{"no labels", `["a", "a", { }, "h"]`, pyfile.Key{Family: "a", Sample: "a", Help: "h"}},
		{"escapes", `["a", "a", {}, "\"\\\/\b\f\n\r\t\u00e9\u00E9\ud83d\ude00"]`, pyfile.Key{Family: "a", Sample: "a", Help: "\"\\/\b\f\n\r\téé😀"}},
		{"plain UTF-8", `["a", "a", {}, "é😀"]`, pyfile.Key{Family: "a", Sample: "a", Help: "é😀"}},
		{"text around escapes", `["a", "a", {}, "xx\nyy\n"]`, pyfile.Key{Family: "a", Sample: "a", Help: "xx\nyy\n"}},
		{"half a pair", `["a", "a", {}, "\ud83d x \ude00"]`, pyfile.Key{Family: "a", Sample: "a", Help: "\uFFFD x \uFFFD"}},
		{"half a pair before another escape", `["a", "a", {}, "\ud83d\u0041\ud83d\n"]`, pyfile.Key{Family: "a", Sample: "a", Help: "\uFFFDA\uFFFD\n"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			var got pyfile.Key
			if err := got.Parse(test.text); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestKeyParseRejects(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		``, `[`, `[]`, `null`, `["a"]`, `["a", "a", {}]`, `["a", "a", {}, "h"`, `["a", "a", {}, "h", "x"]`,
		`["a", "a", {}, "h"]]`, `["a", "a", [], "h"]`, `["a", "a", {"x"}, "h"]`, `["a", "a", {"x": 1}, "h"]`,
		`["a", "a", {"x": "1",}, "h"]`, `["a", "a", {,}, "h"]`, `["a" "a", {}, "h"]`, `[a, "a", {}, "h"]`,
		`["a", "a", {}, "h]`, `["a", "a", {}, "\"]`, `["a", "a", {}, "\x41"]`, `["a", "a", {}, "\u12"]`, `["a", "a", {}, "\u12g4"]`,
		`["a", "a", {}, null]`, "[\"a\", \"a\", {}, \"\n\"]", "[\"a\", \"a\", {}, \"x\\n\x01\"]", "[\"a\", \"a\", {}, \"\xff\"]",
		`["a", "a", {}, "\u+123"]`, `["a", "a", {}, "\ud83d\u12"]`,
	} {
		var k pyfile.Key
		if err := k.Parse(text); err == nil {
			t.Errorf("%q was accepted as %+v", text, k)
		}
	}
}

// FuzzKey compares with encoding/json, which is slower but well proven.
func FuzzKey(f *testing.F) {
	f.Add(keyA)
	f.Add(keyB)
	f.Add(`["a", "a", {"x": "\ud83d\ude00\n"}, "é"]`)
	f.Add(`["a","a",{"x":"1","x":"2"},"\ud800"]`)
	f.Fuzz(func(t *testing.T, text string) {
		var k pyfile.Key
		got := k.Parse(text) == nil
		want, ok := parseWithJSON(text)
		if got != ok {
			t.Fatalf("%q: accepted %v, encoding/json %v", text, got, ok)
		}
		if got && !(k.Family == want.Family && k.Sample == want.Sample && k.Help == want.Help &&
			slices.Equal(k.Names, want.Names) && slices.Equal(k.Values, want.Values)) {
			t.Fatalf("%q: %+v, encoding/json %+v", text, k, want)
		}
	})
}

func parseWithJSON(text string) (k pyfile.Key, ok bool) {
	if strings.ToValidUTF8(text, "") != text {
		return k, false
	}
	var parts []json.RawMessage
	if json.Unmarshal([]byte(text), &parts) != nil || len(parts) != 4 {
		return k, false
	}
	for i, to := range []*string{&k.Family, &k.Sample, nil, &k.Help} {
		if to != nil && (parts[i][0] != '"' || json.Unmarshal(parts[i], to) != nil) {
			return k, false
		}
	}
	decoder := json.NewDecoder(strings.NewReader(string(parts[2])))
	if token, err := decoder.Token(); err != nil || token != json.Delim('{') {
		return k, false
	}
	for decoder.More() {
		for _, to := range []*[]string{&k.Names, &k.Values} {
			token, err := decoder.Token()
			s, isString := token.(string)
			if err != nil || !isString {
				return k, false
			}
			*to = append(*to, s)
		}
	}
	return k, true
}
