package metric_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"polymeter.dev/metric"
)

func TestMakeLabels(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name          string
		names, values []string
		want          string
		quoted        bool
	}{
		{"empty", nil, nil, `{}`, false},
		{"sorted by name", []string{"method", "code"}, []string{"GET", "200"}, `{code="200",method="GET"}`, false},
		{"empty value", []string{"a"}, []string{""}, `{a=""}`, false},
		{"escaped values", []string{"a"}, []string{"q\" b\\ n\n"}, `{a="q\" b\\ n\n"}`, false},
		{"le last", []string{"zone", "le", "a"}, []string{"z", "1", "2"}, `{a="2",zone="z",le="1"}`, false},
		{"le and quantile", []string{"quantile", "zone", "le"}, []string{"0.5", "z", "1"}, `{zone="z",le="1",quantile="0.5"}`, false},
		{"quoted names", []string{"a.b", "c\"\\"}, []string{"1", "2"}, `{"a.b"="1","c\"\\"="2"}`, true},
		{"upper case first", []string{"a", "B"}, []string{"1", "2"}, `{B="2",a="1"}`, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := metric.MakeLabels(tt.names, tt.values)
			if err != nil {
				t.Fatal(err)
			}
			if got.String() != tt.want || "{"+got.Text()+"}" != tt.want {
				t.Errorf("text is %s, want %s", got, tt.want)
			}
			if got.Quoted() != tt.quoted || got.Len() != len(tt.names) || got.IsZero() != (len(tt.names) == 0) {
				t.Errorf("Quoted %v, Len %d, IsZero %v", got.Quoted(), got.Len(), got.IsZero())
			}
			for i, name := range tt.names {
				if value, found := got.Lookup(name); !found || value != tt.values[i] || got.Get(name) != value {
					t.Errorf("Lookup(%q) is %q, %v, want %q", name, value, found, tt.values[i])
				}
			}
		})
	}
}

func TestMakeLabelsErrors(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name          string
		names, values []string
		want          string
	}{
		{"too few values", []string{"a", "b"}, []string{"1"}, `metric: 1 label values ["1"] for the 2 label names ["a" "b"]`},
		{"too many values", nil, []string{"1"}, `metric: 1 label values ["1"] for the 0 label names []`},
		{"empty name", []string{""}, []string{"1"}, `metric: label name "" is empty or not valid UTF-8`},
		{"name not UTF-8", []string{"\xff"}, []string{"1"}, `metric: label name "\xff" is empty or not valid UTF-8`},
		{"value not UTF-8", []string{"b", "a"}, []string{"\xff", "1"}, `metric: value "\xff" of label "b" is not valid UTF-8`},
		{"name twice", []string{"a", "b", "a"}, []string{"1", "2", "3"}, `metric: label name "a" occurs twice`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			l, err := metric.MakeLabels(tt.names, tt.values)
			checkError(t, err, tt.want)
			if !l.IsZero() {
				t.Errorf("labels %s come with the error", l)
			}
		})
	}
}

// drawMap draws any label names and values.
func drawMap(t *rapid.T) map[string]string {
	name := rapid.OneOf(rapid.StringN(1, 5, -1), rapid.SampledFrom([]string{"le", "quantile", "a", "b.c", `"`, `="`}))
	value := rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{`le="`, `",a="`, `\`, "\n"}))
	return rapid.MapOfN(name, value, 0, 6).Draw(t, "labels")
}

func TestLabelsHoldAnyMap(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		m := drawMap(t)
		l, err := metric.LabelsFromMap(m)
		if err != nil {
			t.Fatal(err)
		}
		if got := l.Map(); !maps.Equal(got, m) {
			t.Fatalf("%s holds %q, want %q", l, got, m)
		}
		names := slices.Collect(maps.Keys(m))
		values := make([]string, len(names))
		for i, name := range names {
			values[i] = m[name]
		}
		same, err := metric.MakeLabels(names, values)
		if err != nil || same != l {
			t.Fatalf("another order of names gives %s (error %v), want %s", same, err, l)
		}
		legacy := !slices.ContainsFunc(names, func(n string) bool { return !metric.IsLegacyLabelName(n) })
		if l.Quoted() == legacy {
			t.Fatalf("Quoted of %s is %v", l, l.Quoted())
		}
	})
}

func TestLabelsWithAndWithout(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		m := drawMap(t)
		l, err := metric.LabelsFromMap(m)
		if err != nil {
			t.Fatal(err)
		}
		name := rapid.SampledFrom([]string{"le", "quantile", "a", "b.c", "new"}).Draw(t, "name")
		m[name] = "value"
		with, err := l.With(name, "value")
		if err != nil || !maps.Equal(with.Map(), m) {
			t.Fatalf("%s.With(%q) is %s, %v", l, name, with, err)
		}
		delete(m, name)
		want, _ := metric.LabelsFromMap(m)
		if got := with.Without(name); got != want {
			t.Fatalf("%s.Without(%q) is %s, want %s", with, name, got, want)
		}
	})
	l := labels(t, "a", "1")
	if l.Without("b") != l || l.Get("b") != "" {
		t.Error("a label that is not there is taken away or found")
	}
	_, err := l.With("", "1")
	checkError(t, err, `metric: label name "" is empty or not valid UTF-8`)
}

func TestLabelsAllStops(t *testing.T) {
	t.Parallel()
	for name, value := range labels(t, "a", "1", "b", "2").All() {
		if name != "a" || value != "1" {
			t.Errorf("the first label is %s=%q", name, value)
		}
		break
	}
}

func TestLabelSchema(t *testing.T) {
	t.Parallel()
	names := []string{"b", "a"}
	schema, err := metric.NewLabelSchema(names)
	if err != nil {
		t.Fatal(err)
	}
	names[0] = "spoiled"
	if got := schema.Names(); !slices.Equal(got, []string{"b", "a"}) {
		t.Errorf("Names is %q", got)
	}
	long := strings.Repeat("x", 1000)
	for _, value := range []string{"1", long, "2"} {
		got, err := schema.Make([]string{value, "c"})
		if err != nil || got != labels(t, "a", "c", "b", value) {
			t.Errorf("Make gives %s, %v", got, err)
		}
	}
}

func TestLabelSchemaAllocations(t *testing.T) {
	schema, err := metric.NewLabelSchema([]string{"method", "code"})
	if err != nil {
		t.Fatal(err)
	}
	values := []string{"GET", "200"}
	if got := testing.AllocsPerRun(100, func() { _, _ = schema.Make(values) }); got > 1 {
		t.Errorf("Make allocates %v times, want once", got)
	}
	l, err := schema.Make(values)
	if err != nil {
		t.Fatal(err)
	}
	if got := testing.AllocsPerRun(100, func() { _, _ = l.Lookup("method") }); got > 0 {
		t.Errorf("Lookup allocates %v times, want never", got)
	}
}
