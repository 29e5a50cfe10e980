package metric_test

import (
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"polymeter.dev/metric"
)

// inQuotes matches what can stand between quotes.
var inQuotes = regexp.MustCompile(`^(?:[^"\\\n]|\\[^\n])*$`)

// FuzzLabelText compares labels that are made of any text with those of a map. Names
// and values are separated by line feeds; some names stand in quotes, others not.
func FuzzLabelText(f *testing.F) {
	for _, seed := range []string{
		"", "a\nx", "a\nx\nb\ny", "b\n1\na\n2", "le\n1\nz\n2", "z\n1\nquantile\n2\nle\n3", "a\nx\na\ny", "\nx", "a.b\nx\nB\ny",
		`a\"` + "\n" + `\\\"\n`, "a\n" + `\d`, `a\n` + "\nx\n" + `a\\n` + "\ny", "a\n\nb\n", "é\n\U0010FFFF", "a\nx\n" + `\a` + "\ny",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, input string) {
		fields := strings.Split(input, "\n")
		if len(fields)%2 != 0 || !utf8.ValidString(input) {
			return
		}
		var lt metric.LabelText
		var text []string
		want, refused := map[string]string{}, false
		lt.Begin()
		for i := 0; i < len(fields); i += 2 {
			name, value := fields[i], fields[i+1]
			if !inQuotes.MatchString(name) || !inQuotes.MatchString(value) {
				return
			}
			plain := metric.IsLegacyLabelName(name)
			lt.Add([]byte(name), !plain, []byte(value))
			if plain {
				text = append(text, name+`="`+value+`"`)
			} else {
				text = append(text, `"`+name+`"="`+value+`"`)
			}
			name = string(metric.AppendUnescaped(nil, name))
			_, twice := want[name]
			refused = refused || twice || name == ""
			want[name] = string(metric.AppendUnescaped(nil, value))
		}
		got, err := lt.Labels([]byte(strings.Join(text, ",")))
		if (err != nil) != refused {
			t.Fatalf("error %v, want one: %t", err, refused)
		}
		if refused {
			return
		}
		if other, err := metric.LabelsFromMap(want); err != nil || got != other {
			t.Errorf("got %v, want %v, error %v", got, other, err)
		}
	})
}
