// Http measures a server and the client that asks it: two lines in a program that has
// both, and no handler knows.
package main

import (
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"

	"polymeter.dev"
	"polymeter.dev/exposition"
	"polymeter.dev/metrichttp/instrument"
)

func main() {
	if err := run(os.Stdout); err != nil {
		log.Fatal(err)
	}
}

// routes is a program as it would be without any metrics.
func routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /users/{id}", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, "This is %s.\n", r.PathValue("id"))
	})
	mux.HandleFunc("POST /users", func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusCreated)
	})
	return mux
}

// run sends some requests and prints the page.
func run(w io.Writer) error {
	registry := polymeter.NewRegistry(nil)
	inbound, err := instrument.NewServer(registry, nil)
	if err != nil {
		return err
	}
	outbound, err := instrument.NewClient(registry, &instrument.ClientOptions{
		Options: instrument.Options{Labels: map[string]string{"target": "users"}, DisableSizes: true},
	})
	if err != nil {
		return err
	}
	server := httptest.NewServer(inbound.Wrap(routes()))
	defer server.Close()
	client := &http.Client{Transport: outbound.Wrap(nil)}
	defer client.CloseIdleConnections()

	for _, path := range []string{"/users/ann", "/users/bob", "/nobody"} {
		answer, err := client.Get(server.URL + path)
		if err != nil {
			return err
		}
		answer.Body.Close()
	}
	answer, err := client.Post(server.URL+"/users", "text/plain", http.NoBody)
	if err != nil {
		return err
	}
	answer.Body.Close()

	server.Close() // so that the last request is counted
	page, err := exposition.GenerateLatest(registry)
	if err != nil {
		return err
	}
	_, err = w.Write(page)
	return err
}
