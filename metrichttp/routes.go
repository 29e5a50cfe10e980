package metrichttp

import (
	"io"
	"net/http"

	"polymeter.dev/metric"
)

const landingPage = `<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><title>Metrics</title></head>
<body><h1>Metrics</h1><p><a href="metrics">/metrics</a></p></body>
</html>
`

// Routes returns the handler of a program that serves nothing but metrics:
// [Handler] at /metrics, a page that links to it at /, and at /-/healthy the
// answer that the program is alive, which collects nothing.
func Routes(c metric.Collector, o *HandlerOptions) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/metrics", Handler(c, o))
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = io.WriteString(w, landingPage)
	})
	mux.HandleFunc("GET /-/healthy", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		_, _ = io.WriteString(w, "healthy\n")
	})
	return mux
}
