package metric_test

import (
	"slices"
	"testing"

	"polymeter.dev/metric"
)

func TestDescNames(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		desc    metric.Desc
		sample  string
		full    string
		exposed []string
	}{
		{"unknown", metric.Desc{Name: "x"}, "x", "x", []string{"x"}},
		{"gauge", metric.Desc{Name: "x", Type: metric.TypeGauge}, "x", "x", []string{"x"}},
		{"counter", metric.Desc{Name: "x", Type: metric.TypeCounter}, "x_total", "x_total", []string{"x", "x_total", "x_created"}},
		{"counter as written", metric.Desc{Name: "x", Written: "y", Type: metric.TypeCounter}, "x_total", "y", []string{"x", "y", "x_total", "x_created"}},
		{"written like the name", metric.Desc{Name: "x", Written: "x", Type: metric.TypeCounter}, "x_total", "x", []string{"x", "x_total", "x_created"}},
		{"info", metric.Desc{Name: "x", Type: metric.TypeInfo}, "x_info", "x_info", []string{"x", "x_info"}},
		{"state set", metric.Desc{Name: "x", Type: metric.TypeStateSet}, "x", "x", []string{"x"}},
		{"summary", metric.Desc{Name: "x", Type: metric.TypeSummary}, "x", "x", []string{"x", "x_count", "x_sum", "x_created"}},
		{"histogram", metric.Desc{Name: "x", Type: metric.TypeHistogram}, "x", "x", []string{"x", "x_bucket", "x_count", "x_sum", "x_created"}},
		{"gauge histogram", metric.Desc{Name: "x", Type: metric.TypeGaugeHistogram}, "x", "x", []string{"x", "x_bucket", "x_gcount", "x_gsum"}},
		{"invalid type", metric.Desc{Name: "x", Type: 99}, "x", "x", []string{"x"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			d := &tt.desc
			if d.SampleName() != tt.sample || d.FullName() != tt.full {
				t.Errorf("SampleName %q and FullName %q, want %q and %q", d.SampleName(), d.FullName(), tt.sample, tt.full)
			}
			if got := d.ExposedNames(); !slices.Equal(got, tt.exposed) {
				t.Errorf("ExposedNames %q, want %q", got, tt.exposed)
			}
			for _, name := range []string{"", "x", "y", "x_total", "x_created", "x_info", "x_count", "x_sum", "x_bucket", "x_gcount", "x_gsum", "x_", "xx"} {
				if got, want := d.Matches(name), slices.Contains(tt.exposed, name); got != want {
					t.Errorf("Matches(%q) is %v, want %v", name, got, want)
				}
			}
		})
	}
}

func TestStripSuffix(t *testing.T) {
	t.Parallel()
	tests := []struct {
		typ        metric.Type
		name, want string
	}{
		{metric.TypeCounter, "x_total", "x"},
		{metric.TypeCounter, "x", "x"},
		{metric.TypeCounter, "x_info", "x_info"},
		{metric.TypeCounter, "x_total_total", "x_total"},
		{metric.TypeCounter, "_total", "_total"},
		{metric.TypeInfo, "x_info", "x"},
		{metric.TypeInfo, "x_total", "x_total"},
		{metric.TypeGauge, "x_total", "x_total"},
		{metric.TypeHistogram, "x_count", "x_count"},
	}
	for _, tt := range tests {
		if got := metric.StripSuffix(tt.typ, tt.name); got != tt.want {
			t.Errorf("StripSuffix(%v, %q) is %q, want %q", tt.typ, tt.name, got, tt.want)
		}
	}
}

func TestDescValidate(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		desc metric.Desc
		want string
	}{
		{"minimal", metric.Desc{Name: "x"}, ""},
		{"everything", metric.Desc{Name: "x_s", Written: "x_s_total", Help: "é", Unit: "s", Type: metric.TypeCounter, LabelNames: []string{"a", "le"}}, ""},
		{"invalid type", metric.Desc{Name: "x", Type: 8}, `metric: family "x" has the invalid type 8`},
		{"no name", metric.Desc{}, `metric: metric name "" is empty`},
		{"written name", metric.Desc{Name: "x", Written: "\xff"}, `metric: metric name "\xff" is not valid UTF-8 at byte 0`},
		{"help", metric.Desc{Name: "x", Help: "\xff"}, `metric: help "\xff" of family "x" is not valid UTF-8 at byte 0`},
		{"unit", metric.Desc{Name: "xs", Unit: "s"}, `metric: unit "s" is not the suffix of family name "xs"`},
		{"unit of an info", metric.Desc{Name: "x_s", Unit: "s", Type: metric.TypeInfo}, `metric: info family "x_s" must not have a unit, has "s"`},
		{"label name", metric.Desc{Name: "x", LabelNames: []string{"__a"}}, `metric: label name "__a" starts with the reserved "__" in family "x"`},
		{"label name twice", metric.Desc{Name: "x", LabelNames: []string{"a", "b", "a"}}, `metric: label name "a" occurs twice in family "x"`},
		{"le", metric.Desc{Name: "x", Type: metric.TypeGaugeHistogram, LabelNames: []string{"le"}}, `metric: label name "le" is reserved in gaugehistogram family "x"`},
		{"quantile", metric.Desc{Name: "x", Type: metric.TypeSummary, LabelNames: []string{"quantile"}}, `metric: label name "quantile" is reserved in summary family "x"`},
		{"state", metric.Desc{Name: "x", Type: metric.TypeStateSet, LabelNames: []string{"x"}}, `metric: label name "x" is reserved in stateset family "x"`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			checkError(t, tt.desc.Validate(metric.UTF8Validation), tt.want)
		})
	}
}

func TestTypeNames(t *testing.T) {
	t.Parallel()
	for typ := metric.TypeUnknown; typ <= metric.TypeStateSet; typ++ {
		if got, found := metric.ParseType(typ.String()); !found || got != typ {
			t.Errorf("ParseType(%q) is %v, %v", typ, got, found)
		}
		composite := typ == metric.TypeSummary || typ == metric.TypeHistogram || typ == metric.TypeGaugeHistogram
		if typ.Composite() != composite {
			t.Errorf("Composite of %v is %v", typ, typ.Composite())
		}
	}
	if got, found := metric.ParseType("untyped"); !found || got != metric.TypeUnknown {
		t.Errorf(`ParseType("untyped") is %v, %v`, got, found)
	}
	for _, name := range []string{"", "Counter", "invalid"} {
		if got, found := metric.ParseType(name); found {
			t.Errorf("ParseType(%q) is %v", name, got)
		}
	}
	if got := metric.Type(99); got.String() != "invalid" || got.Suffixes() != nil || got.Composite() {
		t.Errorf("type 99 is %v, with the suffixes %q", got, got.Suffixes())
	}
}
