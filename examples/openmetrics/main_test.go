package main

import (
	"strings"
	"testing"
)

func TestRun(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	if err := run(&out); err != nil {
		t.Fatal(err)
	}
	open, prometheus, found := strings.Cut(out.String(), "# EOF\n")
	if !found {
		t.Fatalf("no end of the OpenMetrics page in\n%s", out.String())
	}
	for page, lines := range map[string][]string{
		open:       {"# TYPE test_counter counter", "test_counter_total 42", `test_gauge{label="value1"} 3.14`},
		prometheus: {"# TYPE test_counter_total counter", "test_counter_total 42", "http_server_duration U__http_2e_route"},
	} {
		for _, line := range lines {
			if !strings.Contains(page, line+"\n") {
				t.Errorf("no line %q in\n%s", line, page)
			}
		}
	}
	if !strings.Contains(open, "test_counter_created ") || strings.Contains(prometheus, "_created") {
		t.Errorf("creation times are not in OpenMetrics alone:\n%s", out.String())
	}
}
