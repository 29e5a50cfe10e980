//go:build unix

package instrument_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"polymeter.dev"
	"polymeter.dev/multiprocess"
)

// Two registries that share a directory stand for two processes.
func TestServersOfSeveralProcesses(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	var registries []*polymeter.Registry
	var stores []*multiprocess.Store
	for range 2 {
		store, err := multiprocess.Open(dir, nil)
		if err != nil {
			t.Fatal(err)
		}
		defer store.Close()
		stores = append(stores, store)
		registries = append(registries, polymeter.NewRegistry(&polymeter.RegistryOptions{Store: store}))
	}
	first, second := newServer(t, registries[0], nil), newServer(t, registries[1], nil)
	request := func() *http.Request { return httptest.NewRequestWithContext(t.Context(), "GET", "/", http.NoBody) }
	inner := second.Wrap(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		wantLines(t, registries[0], "http_server_active_requests 2")
		if err := stores[1].Close(); err != nil { // as if the process had died
			t.Error(err)
		}
		wantLines(t, registries[0], "http_server_active_requests 1")
	}))
	first.Wrap(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { inner.ServeHTTP(w, request()) })).
		ServeHTTP(httptest.NewRecorder(), request())
	second.Wrap(http.NotFoundHandler()).ServeHTTP(httptest.NewRecorder(), request()) // counts nowhere, and harms nobody
	wantLines(t, registries[0],
		"http_server_active_requests 0",
		`http_server_request_duration_seconds_count{code="200",method="GET",route=""} 1`,
	)

	newServer(t, registries[0], nil).Wrap(http.NotFoundHandler()).ServeHTTP(httptest.NewRecorder(), request())
	wantLines(t, registries[0], `http_server_request_duration_seconds_count{code="404",method="GET",route=""} 1`)
}
