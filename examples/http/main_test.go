package main

import (
	"strings"
	"testing"
)

func TestRun(t *testing.T) {
	t.Parallel()
	var page strings.Builder
	if err := run(&page); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"\nhttp_server_request_duration_seconds_count{code=\"200\",method=\"GET\",route=\"/users/{id}\"} 2\n",
		"\nhttp_server_request_duration_seconds_count{code=\"201\",method=\"POST\",route=\"/users\"} 1\n",
		"\nhttp_server_request_duration_seconds_count{code=\"404\",method=\"GET\",route=\"\"} 1\n",
		"\nhttp_server_response_body_size_bytes_sum{code=\"200\",method=\"GET\",route=\"/users/{id}\"} 26\n",
		"\nhttp_client_request_duration_seconds_count{code=\"200\",method=\"GET\",target=\"users\"} 2\n",
		"\nhttp_client_active_requests{target=\"users\"} 0\n",
	} {
		if !strings.Contains(page.String(), want) {
			t.Errorf("no %q in\n%s", want, page.String())
		}
	}
}
