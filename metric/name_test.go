package metric_test

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"polymeter.dev/metric"
)

func TestIsLegacyName(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name          string
		metric, label bool
	}{
		{"", false, false},
		{"a", true, true},
		{"Z_9", true, true},
		{"_", true, true},
		{"__name__", true, true},
		{"a:b", true, false},
		{":a", true, false},
		{"9a", false, false},
		{"a b", false, false},
		{"a.b", false, false},
		{"a-b", false, false},
		{"a\n", false, false},
		{"\na", false, false},
		{"a\x00", false, false},
		{"é", false, false},
		{"a\xff", false, false},
		{"@", false, false},
		{"[", false, false},
		{"`", false, false},
		{"{", false, false},
		{"a/", false, false},
		{"a;", false, false},
	}
	for _, tt := range tests {
		t.Run(fmt.Sprintf("%q", tt.name), func(t *testing.T) {
			t.Parallel()
			if got := metric.IsLegacyMetricName(tt.name); got != tt.metric {
				t.Errorf("IsLegacyMetricName(%q) = %t", tt.name, got)
			}
			if got := metric.IsLegacyLabelName(tt.name); got != tt.label {
				t.Errorf("IsLegacyLabelName(%q) = %t", tt.name, got)
			}
		})
	}
}

// The table of characters must say what the grammars of
// https://prometheus.io/docs/concepts/data_model/ say.
func TestIsLegacyNameAgreesWithGrammar(t *testing.T) {
	t.Parallel()
	metricGrammar := regexp.MustCompile(`\A[a-zA-Z_:][a-zA-Z0-9_:]*\z`)
	labelGrammar := regexp.MustCompile(`\A[a-zA-Z_][a-zA-Z0-9_]*\z`)
	for c := range 256 {
		for _, name := range []string{string([]byte{byte(c)}), string([]byte{'a', byte(c)}), string([]byte{'a', byte(c), 'z'})} {
			if got, want := metric.IsLegacyMetricName(name), metricGrammar.MatchString(name); got != want {
				t.Errorf("IsLegacyMetricName(%q) = %t", name, got)
			}
			if got, want := metric.IsLegacyLabelName(name), labelGrammar.MatchString(name); got != want {
				t.Errorf("IsLegacyLabelName(%q) = %t", name, got)
			}
		}
	}
}

func TestCheckMetricName(t *testing.T) {
	t.Parallel()
	tests := []struct {
		validation metric.Validation
		name       string
		wantErr    string
		wantOffset int
	}{
		{metric.LegacyValidation, "a:b_c9", "", 0},
		{metric.LegacyValidation, "__a", "", 0},
		{metric.UTF8Validation, "a.b c/é\n", "", 0},
		{metric.UTF8Validation, "1", "", 0},
		{metric.UTF8Validation, "\uFFFD", "", 0},
		{metric.UTF8Validation, "", `metric: metric name "" is empty`, 0},
		{metric.LegacyValidation, "", `metric: metric name "" is empty`, 0},
		{metric.UTF8Validation, "\uFFFDa\xff", `metric: metric name "�a\xff" is not valid UTF-8 at byte 4`, 4},
		{metric.LegacyValidation, "a.b\xff", `metric: metric name "a.b\xff" is not valid UTF-8 at byte 3`, 3},
		{metric.UTF8Validation, "a\xed\xa0\x80", `metric: metric name "a\xed\xa0\x80" is not valid UTF-8 at byte 1`, 1},
		{metric.LegacyValidation, "9a", `metric: metric name "9a" has '9' at byte 0, which legacy validation ([a-zA-Z_:][a-zA-Z0-9_:]*) does not allow`, 0},
		{metric.LegacyValidation, "aé", `metric: metric name "aé" has 'é' at byte 1, which legacy validation ([a-zA-Z_:][a-zA-Z0-9_:]*) does not allow`, 1},
		{metric.LegacyValidation, "a\n", `metric: metric name "a\n" has '\n' at byte 1, which legacy validation ([a-zA-Z_:][a-zA-Z0-9_:]*) does not allow`, 1},
	}
	for _, tt := range tests {
		t.Run(fmt.Sprintf("%v %q", tt.validation, tt.name), func(t *testing.T) {
			t.Parallel()
			checkNameError(t, tt.validation.CheckMetricName(tt.name), tt.wantErr, "metric name", tt.name, tt.wantOffset)
		})
	}
}

func TestCheckLabelName(t *testing.T) {
	t.Parallel()
	tests := []struct {
		validation metric.Validation
		name       string
		wantErr    string
		wantOffset int
	}{
		{metric.LegacyValidation, "a_9", "", 0},
		{metric.LegacyValidation, "_", "", 0},
		{metric.LegacyValidation, "_a__", "", 0},
		{metric.UTF8Validation, "a:b", "", 0},
		{metric.UTF8Validation, "é.\"\\", "", 0},
		{metric.UTF8Validation, "", `metric: label name "" is empty`, 0},
		{metric.UTF8Validation, "__", `metric: label name "__" starts with the reserved "__"`, 0},
		{metric.LegacyValidation, "__name__", `metric: label name "__name__" starts with the reserved "__"`, 0},
		{metric.UTF8Validation, "__é", `metric: label name "__é" starts with the reserved "__"`, 0},
		{metric.UTF8Validation, "\x80", `metric: label name "\x80" is not valid UTF-8 at byte 0`, 0},
		{metric.LegacyValidation, "a:b", `metric: label name "a:b" has ':' at byte 1, which legacy validation ([a-zA-Z_][a-zA-Z0-9_]*) does not allow`, 1},
	}
	for _, tt := range tests {
		t.Run(fmt.Sprintf("%v %q", tt.validation, tt.name), func(t *testing.T) {
			t.Parallel()
			checkNameError(t, tt.validation.CheckLabelName(tt.name), tt.wantErr, "label name", tt.name, tt.wantOffset)
		})
	}
}

func checkNameError(t *testing.T, err error, want, kind, name string, offset int) {
	t.Helper()
	if want == "" {
		if err != nil {
			t.Errorf("unexpected error %q", err)
		}
		return
	}
	var nameErr *metric.NameError
	if !errors.As(err, &nameErr) {
		t.Fatalf("error is %v, not a *NameError", err)
	}
	if err.Error() != want {
		t.Errorf("error\n got %s\nwant %s", err, want)
	}
	if nameErr.Kind != kind || nameErr.Name != name || nameErr.Offset != offset {
		t.Errorf("NameError is %+v, want kind %q, name %q, offset %d", nameErr, kind, name, offset)
	}
}

func TestDescHelpMustBeUTF8(t *testing.T) {
	t.Parallel()
	desc := metric.Desc{Name: "a", Help: "Anything: \"\\\n\x00é."}
	if err := desc.Validate(metric.LegacyValidation); err != nil {
		t.Errorf("valid help: %v", err)
	}
	desc.Help = "b\xff"
	const want = `metric: help "b\xff" of family "a" is not valid UTF-8 at byte 1`
	if err := desc.Validate(metric.UTF8Validation); err == nil || err.Error() != want {
		t.Errorf("error\n got %v\nwant %s", err, want)
	}
}

func TestValidationString(t *testing.T) {
	t.Parallel()
	for v, want := range map[metric.Validation]string{
		metric.ValidationDefault: "default",
		metric.LegacyValidation:  "legacy",
		metric.UTF8Validation:    "utf-8",
		metric.Validation(99):    "invalid",
	} {
		if got := v.String(); got != want {
			t.Errorf("Validation(%d).String() = %q, want %q", uint8(v), got, want)
		}
	}
}

// Tests of the process-wide setting are not parallel.

func TestLegacyValidationEnvironment(t *testing.T) {
	for value, want := range map[string]bool{
		"": false, "true": true, "TRUE": true, "True": true, "1": true, "t": true, "T": true,
		"false": false, "0": false, "yes": false, " true": false, "2": false,
	} {
		t.Run(fmt.Sprintf("%q", value), func(t *testing.T) {
			restoreSwitch(t)
			t.Setenv("PROMETHEUS_LEGACY_NAME_VALIDATION", value)
			if got := metric.LegacyValidationEnabled(); got != want {
				t.Errorf("LegacyValidationEnabled() = %t", got)
			}
		})
	}
}

func TestLegacyValidationEnvironmentIsReadOnce(t *testing.T) {
	restoreSwitch(t)
	t.Setenv("PROMETHEUS_LEGACY_NAME_VALIDATION", "1")
	metric.LegacyValidationEnabled()
	t.Setenv("PROMETHEUS_LEGACY_NAME_VALIDATION", "0")
	if !metric.LegacyValidationEnabled() {
		t.Error("a later change of the environment took effect")
	}
}

func TestLegacyValidationExplicitSettingWins(t *testing.T) {
	restoreSwitch(t)
	t.Setenv("PROMETHEUS_LEGACY_NAME_VALIDATION", "true")
	metric.DisableLegacyValidation()
	if metric.LegacyValidationEnabled() {
		t.Error("the environment overrode DisableLegacyValidation")
	}
}

func TestValidationDefaultFollowsSwitch(t *testing.T) {
	restoreSwitch(t)
	metric.EnableLegacyValidation()
	if err := metric.ValidationDefault.CheckMetricName("a.b"); err == nil {
		t.Error("a.b is valid while legacy validation is enabled")
	}
	if err := metric.UTF8Validation.CheckMetricName("a.b"); err != nil {
		t.Errorf("the setting reached UTF8Validation: %v", err)
	}
	if got := metric.ValidationDefault.Resolve(); got != metric.LegacyValidation {
		t.Errorf("ValidationDefault resolves to %v", got)
	}
	metric.DisableLegacyValidation()
	if err := metric.ValidationDefault.CheckMetricName("a.b"); err != nil {
		t.Errorf("legacy validation is disabled: %v", err)
	}
	if err := metric.LegacyValidation.CheckMetricName("a.b"); err == nil {
		t.Error("the setting reached LegacyValidation")
	}
	if got := metric.ValidationDefault.Resolve(); got != metric.UTF8Validation {
		t.Errorf("ValidationDefault resolves to %v", got)
	}
}

func TestLegacyValidationConcurrently(t *testing.T) {
	restoreSwitch(t)
	t.Setenv("PROMETHEUS_LEGACY_NAME_VALIDATION", "t")
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			if !metric.LegacyValidationEnabled() {
				t.Error("a first use missed the environment")
			}
		})
	}
	wg.Wait()
}

func restoreSwitch(t *testing.T) {
	t.Helper()
	metric.ForgetLegacySwitch()
	t.Cleanup(metric.ForgetLegacySwitch)
}

func TestCheckAgreesWithIsLegacy(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.StringMatching(`[a_:9.é]{0,4}`).Draw(t, "name")
		if got := metric.LegacyValidation.CheckMetricName(name) == nil; got != metric.IsLegacyMetricName(name) {
			t.Errorf("CheckMetricName(%q) and IsLegacyMetricName differ", name)
		}
		legacy := metric.IsLegacyLabelName(name) && !strings.HasPrefix(name, "__")
		if got := metric.LegacyValidation.CheckLabelName(name) == nil; got != legacy {
			t.Errorf("CheckLabelName(%q) and IsLegacyLabelName differ", name)
		}
	})
}

func TestCheckNameAllocations(t *testing.T) {
	allocs := testing.AllocsPerRun(100, func() {
		_ = metric.LegacyValidation.CheckMetricName("http_requests_total")
		_ = metric.UTF8Validation.CheckMetricName("http.requests/total")
		_ = metric.ValidationDefault.CheckLabelName("method")
	})
	if allocs != 0 {
		t.Errorf("checking valid names allocates %v times", allocs)
	}
}

func ExampleValidation_CheckMetricName() {
	fmt.Println(metric.UTF8Validation.CheckMetricName("http.requests"))
	fmt.Println(metric.LegacyValidation.CheckMetricName("http.requests"))
	// Output:
	// <nil>
	// metric: metric name "http.requests" has '.' at byte 4, which legacy validation ([a-zA-Z_:][a-zA-Z0-9_:]*) does not allow
}
