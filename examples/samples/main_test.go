package main

import (
	"strings"
	"testing"

	"polymeter.dev/metric"
)

func TestRun(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	if err := run(&out, metric.NewTimestamp(1_700_000_000, 123_456_789)); err != nil {
		t.Fatal(err)
	}
	for _, lines := range []string{
		`Sample: custom_samples
Labels: {instance="server1",job="app"}
Value: 42
Timestamp: 1700000000.123456789
Sample: custom_samples
Labels: {instance="server2",job="app"}
Value: 38.5
Exemplar: {span_id="def456",trace_id="abc123"} 42 1700000000.123456789
`,
		"--- text\n",
		`custom_samples{instance="server1",job="app"} 42 1700000000123
custom_samples{instance="server2",job="app"} 38.5
`,
		"--- openmetrics\n",
		`custom_samples{instance="server1",job="app"} 42 1700000000.123456789
custom_samples{instance="server2",job="app"} 38.5
`,
		`app_requests_total 7 # {span_id="def456",trace_id="abc123"} 1 1700000000.123456789` + "\n",
		"app_latency_seconds_count 10\n",
		"--- exemplars that were not allowed where they were: 1\n",
		"--- openmetrics2\n",
		"schema:0,zero_threshold:0.001,zero_count:1,",
	} {
		if !strings.Contains(out.String(), lines) {
			t.Errorf("no %q in\n%s", lines, out.String())
		}
	}
}
