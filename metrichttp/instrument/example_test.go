package instrument_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"

	"polymeter.dev"
	"polymeter.dev/metrichttp/instrument"
)

func Example() {
	registry := polymeter.NewRegistry(nil)

	mux := http.NewServeMux()
	mux.HandleFunc("GET /users/{id}", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, "user %s", r.PathValue("id"))
	})
	inbound := polymeter.Must(instrument.NewServer(registry, nil))
	server := httptest.NewServer(inbound.Wrap(mux))

	outbound := polymeter.Must(instrument.NewClient(registry, nil))
	client := &http.Client{Transport: outbound.Wrap(nil)}
	for _, id := range []string{"ann", "bob"} {
		answer, err := client.Get(server.URL + "/users/" + id)
		if err != nil {
			fmt.Println(err)
			return
		}
		_, _ = io.Copy(io.Discard, answer.Body)
		answer.Body.Close()
	}
	client.CloseIdleConnections()
	server.Close()

	served, _ := registry.SampleValue("http_server_request_duration_seconds_count",
		map[string]string{"method": "GET", "code": "200", "route": "/users/{id}"})
	read, _ := registry.SampleValue("http_client_response_body_size_bytes_sum",
		map[string]string{"method": "GET", "code": "200"})
	fmt.Println(served, "requests served,", read, "bytes read")
	// Output: 2 requests served, 16 bytes read
}
