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
