package main

import (
	"strings"
	"testing"

	"polymeter.dev/metric"
)

func TestRun(t *testing.T) {
	before := metric.LegacyValidationEnabled()
	t.Cleanup(func() {
		if !before {
			metric.DisableLegacyValidation()
		}
	})
	var out strings.Builder
	if err := run(&out); err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{
		`Legacy validation enabled: false`,
		`my_app:request_count_total 1`,
		`{"my-app:request_count_total"} 1`,
		`Infinity as Go string: +Inf`,
		`Large number as Go string: 1.23e+10`,
		`Observations of at most 5: 1`,
	} {
		if !strings.Contains(out.String(), line+"\n") {
			t.Errorf("no line %q in\n%s", line, out.String())
		}
	}
	if !strings.Contains(out.String(), `Strict again: polymeter: `) {
		t.Errorf("the name passed legacy validation:\n%s", out.String())
	}
}
