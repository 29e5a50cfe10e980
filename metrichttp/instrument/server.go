package instrument

import (
	"net/http"
	"strings"
	"time"

	"polymeter.dev"
)

// ServerOptions are the choices of a [Server]. The zero value is the default; so is a
// nil *ServerOptions.
type ServerOptions struct {
	Options
	// Route returns the value of the label route. It is called after the handler
	// has returned, and must return one of few values. When nil, the label is the
	// pattern by which an [http.ServeMux] found the handler, without its method, and
	// empty for a request without one.
	Route func(*http.Request) string
	// DisableRoute leaves out the label route.
	DisableRoute bool
}

// Server measures what handlers do. Its methods may be called concurrently.
type Server struct {
	*group
	route     func(*http.Request) string // nil for no label
	active    *polymeter.Gauge
	durations *polymeter.HistogramVec
	requests  *polymeter.HistogramVec // sizes; may be nil
	responses *polymeter.HistogramVec // likewise
}

// NewServer declares the metrics of a server in a registry. One that is declared there
// already, with the same options, is shared. A nil o means the defaults.
//
// The metrics are http_server_request_duration_seconds, a histogram whose count is the
// number of requests that have ended; http_server_active_requests, a gauge; and the
// histograms http_server_request_body_size_bytes and
// http_server_response_body_size_bytes. All but the gauge have the labels method, code
// and route.
func NewServer(r *polymeter.Registry, o *ServerOptions) (*Server, error) {
	var options ServerOptions
	if o != nil {
		options = *o
	}
	labels := []string{"method", "code"}
	s := &Server{route: options.Route}
	switch {
	case options.DisableRoute:
		s.route = nil
	case s.route == nil:
		s.route = pattern
	}
	if s.route != nil {
		labels = append(labels, "route")
	}
	s.group = newGroup(r, options.Options, "http_server", labels...)
	s.durations = s.group.durations("Time that requests took to be served.")
	s.active = s.inFlight("Requests that are being served.")
	s.requests = s.sizes("_request_body_size", "Size of the bodies of requests.")
	s.responses = s.sizes("_response_body_size", "Size of the bodies of responses.")
	if s.err != nil {
		return nil, s.err
	}
	return s, nil
}

// Wrap returns a handler that does what h does and measures it.
//
// A request takes from the call of h to its return, and has the code that h sent: 200
// if it sent none, 101 if it took over the connection without one, and 500 if it
// panicked, whatever it had sent; the panic goes on. Informational responses do not
// count. The size of a request is what it declares or, failing that, what h has read of
// it; that of a response what h has written, before any compression outside of h, and
// none for a connection that was taken over.
//
// The writer that h gets can flush, be hijacked, push, and send files as the one it
// stands for, and [http.ResponseController] works. Of the request, the context and the
// pattern are those that Wrap's handler can see: what puts a trace into the context
// must stand outside of it, and what stands between it and a [http.ServeMux] must hand
// on the same request.
func (s *Server) Wrap(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		// The recorder is not used again for another request: a handler that keeps its
		// writer longer than it may must not write into the answer to someone else.
		rec := &recorder{ResponseWriter: w, size: bodySize(r)}
		if rec.size < 0 && s.requests != nil {
			rec.body.ReadCloser = r.Body
			r.Body = &rec.body
		}
		started := time.Now()
		s.active.Inc()
		defer s.done(rec, r, started)
		h.ServeHTTP(rec.capable(), r)
		rec.returned = true
	})
}

// done counts a request, however it has ended.
func (s *Server) done(rec *recorder, r *http.Request, started time.Time) {
	took := time.Since(started)
	s.active.Dec()
	var room [mostLabels]string
	labels := append(room[:0], s.method(r.Method), code(rec.result()))
	if s.route != nil {
		labels = append(labels, s.route(r))
	}
	labels = append(labels, s.constant...)
	s.observe(r.Context(), s.durations.With(labels...), took)
	observeSize(s.requests, rec.requestSize(), labels)
	observeSize(s.responses, rec.responseSize(r), labels)
}

// pattern returns the pattern that found the handler, without the method, which is a
// label of its own.
func pattern(r *http.Request) string {
	if _, path, found := strings.Cut(r.Pattern, " "); found {
		return strings.TrimLeft(path, " \t")
	}
	return r.Pattern
}
