// Typed counts with label values that the compiler checks: they are the fields
// of a struct, so that none is forgotten, misspelt or in the wrong place.
package main

import (
	"fmt"
	"io"
	"log"
	"os"

	"polymeter.dev"
	"polymeter.dev/exposition"
)

// route has the labels endpoint and method.
type route struct {
	Endpoint string
	Verb     string `label:"method"`
}

func main() {
	if err := run(os.Stdout); err != nil {
		log.Fatal(err)
	}
}

func run(w io.Writer) error {
	registry := polymeter.NewRegistry(nil)
	requests := polymeter.Must(polymeter.NewTypedCounter[route](registry, polymeter.CounterOpts{
		Name: "app_requests", Help: "Requests served.",
	}))
	requests.With(route{Endpoint: "/api/users", Verb: "GET"}).Inc()
	requests.With(route{Endpoint: "/api/users", Verb: "POST"}).Add(2)

	// The vector underneath has the rest: by strings, by a map, in part.
	requests.Vec().With("/api/users", "GET").Inc()
	requests.Vec().DeleteMatching(map[string]string{"method": "POST"})

	page, err := exposition.GenerateLatest(registry)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(w, "%s", page)
	return err
}
