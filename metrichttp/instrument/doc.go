// Package instrument measures what goes through HTTP servers and clients: how long
// requests take, how they end, how many are under way and how large they are.
//
//	server := polymeter.Must(instrument.NewServer(polymeter.Default(), nil))
//	http.ListenAndServe(":8080", server.Wrap(mux))
//
//	client := polymeter.Must(instrument.NewClient(polymeter.Default(), nil))
//	http.DefaultClient.Transport = client.Wrap(nil)
//
// The metrics have the names that OpenTelemetry's conventions have for HTTP, such as
// http_server_request_duration_seconds, and the short labels that Prometheus has always
// had: method and code. Every label is bounded, whatever clients and servers send.
//
// With a store, the metrics are those of all processes, as for any instrument. Requests
// under way are the sum over living processes, so that those of a process that was
// killed do not stay.
package instrument
