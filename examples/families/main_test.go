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
	for _, line := range []string{
		`# TYPE app_requests counter`,
		`app_requests_total{endpoint="/api/users",method="GET"} 1500`,
		`app_requests_total{endpoint="/api/orders",method="POST"} 200`,
		`app_requests_created{endpoint="/api/orders",method="POST"} 1697328000`,
		`app_resource_usage{resource="cpu",unit="percent"} 45.2`,
		`# UNIT app_response_time_seconds seconds`,
		`app_response_time_seconds_bucket{endpoint="/api/users",le="0.25"} 200`,
		`app_response_time_seconds_count{endpoint="/api/users"} 305`,
		`app_response_time_seconds_sum{endpoint="/api/orders"} 32.1`,
		`app_request_size_bytes_count{endpoint="/api/users"} 500`,
		`app_info{build_date="2023-10-15",environment="production",git_commit="abc123def",version="2.1.0"} 1`,
		`app_feature{app_feature="search",tenant="acme"} 1`,
		`app_feature{app_feature="export",tenant="acme"} 0`,
		`# TYPE app_job_age_seconds gaugehistogram`,
		`app_job_age_seconds_gcount 3`,
		`app_job_age_seconds_gsum 100`,
	} {
		if !strings.Contains(out.String(), line+"\n") {
			t.Errorf("no line %q in\n%s", line, out.String())
		}
	}
}
