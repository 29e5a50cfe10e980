package metric_test

import (
	"testing"

	"pgregory.net/rapid"

	"polymeter.dev/metric"
)

type textPair struct {
	name   string
	quoted bool
	value  string
}

func TestLabelText(t *testing.T) {
	for _, tc := range []struct {
		name  string
		pairs []textPair
		text  string // as it stood together; "" for nil
		want  string
		err   string
	}{
		{"none", nil, "", "", ""},
		{"canonical", []textPair{{"a", false, "x"}, {"b", false, `\n\\\"`}}, `a="x",b="\n\\\""`, `a="x",b="\n\\\""`, ""},
		{"with blanks", []textPair{{"a", false, "x"}}, "", `a="x"`, ""},
		{"out of order", []textPair{{"b", false, "1"}, {"a", false, "2"}}, `b="1",a="2"`, `a="2",b="1"`, ""},
		{"le last", []textPair{{"le", false, "1"}, {"z", false, "2"}}, `le="1",z="2"`, `z="2",le="1"`, ""},
		{"le last already", []textPair{{"z", false, "2"}, {"le", false, "1"}}, `z="2",le="1"`, `z="2",le="1"`, ""},
		{"both bounds", []textPair{{"le", false, "1"}, {"quantile", false, "1"}}, `le="1",quantile="1"`, `le="1",quantile="1"`, ""},
		{"stray backslash", []textPair{{"a", false, `\d\`}}, `a="\d\"`, `a="\\d\\"`, ""},
		{"quoted legacy name", []textPair{{"a", true, "x"}}, `"a"="x"`, `a="x"`, ""},
		{"quoted name", []textPair{{`a.b\"`, true, "x"}, {"B", false, "y"}}, `"a.b\""="x",B="y"`, `B="y","a.b\""="x"`, ""},
		{"twice", []textPair{{"a", false, "x"}, {"a", false, "y"}}, `a="x",a="y"`, "", `metric: label name "a" occurs twice`},
		{"twice, once in quotes", []textPair{{"a", false, "x"}, {"b", false, ""}, {"a", true, "x"}}, `-`, "", `metric: label name "a" occurs twice`},
		{"empty name", []textPair{{"", true, "x"}}, `""="x"`, "", `metric: a label name is empty`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var lt metric.LabelText
			for range 2 { // nothing is left of the first time
				lt.Begin()
				for _, p := range tc.pairs {
					lt.Add([]byte(p.name), p.quoted, []byte(p.value))
				}
				var text []byte
				if tc.text != "" {
					text = []byte(tc.text)
				}
				got, err := lt.Labels(text)
				if err != nil || tc.err != "" {
					if err == nil || err.Error() != tc.err {
						t.Fatalf("got error %v, want %s", err, tc.err)
					}
					continue
				}
				if got.Text() != tc.want {
					t.Errorf("got %s, want %s", got.Text(), tc.want)
				}
				if again, err := metric.LabelsFromMap(got.Map()); err != nil || again != got {
					t.Errorf("%v is not what its map gives: %v, %v", got, again, err)
				}
			}
		})
	}
}

// TestLabelTextReadsLabels writes any labels and reads them, whether as they stand
// or pair by pair.
func TestLabelTextReadsLabels(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		want, err := metric.LabelsFromMap(drawMap(rt))
		if err != nil {
			rt.Skip(err)
		}
		var lt metric.LabelText
		for _, text := range [][]byte{[]byte(want.Text()), nil} {
			lt.Begin()
			for name, value := range want.All() {
				quoted := metric.AppendQuoted(nil, value)
				if metric.IsLegacyLabelName(name) {
					lt.Add([]byte(name), false, quoted[1:len(quoted)-1])
					continue
				}
				n := metric.AppendQuoted(nil, name)
				lt.Add(n[1:len(n)-1], true, quoted[1:len(quoted)-1])
			}
			if got, err := lt.Labels(text); err != nil || got != want {
				rt.Errorf("got %v, %v, want %v", got, err, want)
			}
		}
	})
}

func TestLabelTextRepeat(t *testing.T) {
	t.Parallel()
	before := func(text string, pairs ...textPair) *metric.LabelText {
		var lt metric.LabelText
		lt.Begin()
		for _, p := range pairs {
			lt.Add([]byte(p.name), p.quoted, []byte(p.value))
		}
		if _, err := lt.Labels([]byte(text)); err != nil {
			t.Fatal(err)
		}
		return &lt
	}
	ab := before(`a="1",b="2"`, textPair{"a", false, "1"}, textPair{"b", false, "2"})
	for name, test := range map[string]struct {
		set  *metric.LabelText
		text string
		want string // "" for none
	}{
		"the same":               {ab, `a="1",b="2"} 5`, `a="1",b="2"`},
		"other values":           {ab, `a="größe",b=""}`, `a="größe",b=""`},
		"a brace in a value":     {ab, `a="}",b=",c="} 1`, `a="}",b=",c="`},
		"another name":           {ab, `a="1",c="2"} 5`, ""},
		"a longer name":          {ab, `a="1",bb="2"} 5`, ""},
		"a pair more":            {ab, `a="1",b="2",c="3"} 5`, ""},
		"a pair less":            {ab, `a="1"} 5`, ""},
		"none":                   {ab, `} 5`, ""},
		"nothing":                {ab, ``, ""},
		"a comma at the end":     {ab, `a="1",b="2",} 5`, ""},
		"a blank":                {ab, `a="1", b="2"} 5`, ""},
		"a blank at the end":     {ab, `a="1",b="2" } 5`, ""},
		"an escape":              {ab, `a="\n",b="2"} 5`, ""},
		"an escaped quote":       {ab, `a="1\"",b="2"} 5`, ""},
		"an open quote":          {ab, `a="1",b="2`, ""},
		"an open brace":          {ab, `a="1",b="2"`, ""},
		"cut in a name":          {ab, `a="1",b`, ""},
		"nothing before":         {new(metric.LabelText), `a="1"} 5`, ""},
		"no labels before":       {before(""), `} 5`, ""},
		"out of order before":    {before(`b="1",a="2"`, textPair{"b", false, "1"}, textPair{"a", false, "2"}), `b="1",a="2"} 5`, ""},
		"in quotes before":       {before(`"a"="1"`, textPair{"a", true, "1"}), `"a"="1"} 5`, ""},
		"an escape before":       {before(`a="\n"`, textPair{"a", false, `\n`}), `a="1"} 5`, `a="1"`},
		"a bound, which is last": {before(`z="1",le="2"`, textPair{"z", false, "1"}, textPair{"le", false, "2"}), `z="1",le="3"} 5`, `z="1",le="3"`},
	} {
		t.Run(name, func(t *testing.T) {
			got, length, ok := test.set.Repeat([]byte(test.text))
			if ok != (test.want != "") || got.Text() != test.want || length != len(test.want) {
				t.Errorf("got %q, %d, %v", got.Text(), length, ok)
			}
			if ok {
				if again, err := metric.LabelsFromMap(got.Map()); err != nil || again != got {
					t.Errorf("%v is not canonical: %v", got, err)
				}
			}
		})
	}
}
