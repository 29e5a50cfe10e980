package metrichttp

import (
	"net/http"
	"time"
)

// withWriteTimeout bounds the time from the status line of a response to its
// end. The time-out of [http.Server] would begin with the request, and so cut
// off what took long to collect.
func withWriteTimeout(h http.Handler, timeout time.Duration) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h.ServeHTTP(&timedWriter{ResponseWriter: w, timeout: timeout}, r)
	})
}

type timedWriter struct {
	http.ResponseWriter
	timeout time.Duration
	started bool
}

// WriteHeader implements [http.ResponseWriter].
func (w *timedWriter) WriteHeader(status int) {
	w.start()
	w.ResponseWriter.WriteHeader(status)
}

// Write implements [http.ResponseWriter].
func (w *timedWriter) Write(p []byte) (int, error) {
	w.start()
	return w.ResponseWriter.Write(p)
}

// Unwrap serves [http.ResponseController].
func (w *timedWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func (w *timedWriter) start() {
	if w.started {
		return
	}
	w.started = true
	// A connection that knows no deadlines has the server's time-out still.
	_ = http.NewResponseController(w.ResponseWriter).SetWriteDeadline(time.Now().Add(w.timeout))
}
