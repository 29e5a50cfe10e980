package metrichttp

import (
	"net/http"

	"polymeter.dev/metric"
)

// Handler returns a handler that serves what c collects, in the format and
// compression that the client prefers. A nil o means the defaults.
//
// It answers GET; HEAD without collecting; OPTIONS; and any other method with
// status 405. The query parameter name[], which may be repeated, limits a page
// to the families that have one of the names, their own or of a sample. The
// header X-Prometheus-Scrape-Timeout-Seconds becomes the deadline of the
// context that c gets.
//
// A limited number of scrapes collect at a time, and the others wait. One that
// waits can be joined: all requests for the same format, compression, names and
// timeout then get the same page. A client that leaves cancels a scrape only
// when it was the last. A scrape that waits for too long gets status 503 with a
// Retry-After header.
//
// The status is 500 only when something went wrong and no family is left to
// serve.
//
// The handler appends metrics about its scrapes to every page and, when c has a
// method SelfMetrics() metric.Collector, as a registry has, those of c about
// itself. That collector is trusted not to hang.
func Handler(c metric.Collector, o *HandlerOptions) http.Handler {
	return newHandler(c, o)
}

type handler struct {
	options   HandlerOptions
	source    *source
	about     metric.Collector // the collector's metrics about itself, or nil
	scheduler *scheduler
	self      *selfMetrics
	errors    *errorLog
}

func newHandler(c metric.Collector, o *HandlerOptions) *handler {
	h := &handler{options: o.withDefaults(), source: newSource(c), self: newSelfMetrics()}
	if s, ok := c.(interface{ SelfMetrics() metric.Collector }); ok {
		h.about = s.SelfMetrics()
	}
	h.errors = newErrorLog(h.options.Logger)
	h.scheduler = newScheduler(&h.options, h)
	return h
}

const allowedMethods = "GET, HEAD, OPTIONS"

// ServeHTTP implements [http.Handler].
func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch r.Method {
	case http.MethodGet, http.MethodHead:
		w.Header().Set("Vary", "Accept, Accept-Encoding")
		q := parseQuery(r, &h.options)
		if r.Method == http.MethodHead {
			describe(w.Header(), q.format, q.encoding)
			return
		}
		h.serve(w, r, q)
	case http.MethodOptions:
		w.Header().Set("Allow", allowedMethods)
		w.WriteHeader(http.StatusNoContent)
	default:
		w.Header().Set("Allow", allowedMethods)
		http.Error(w, "the method is not one of "+allowedMethods, http.StatusMethodNotAllowed)
	}
}

func (h *handler) serve(w http.ResponseWriter, r *http.Request, q query) {
	sc := h.scheduler.join(r.Context(), q)
	defer h.scheduler.leave(sc)
	select {
	case <-sc.done:
		sc.page.send(w)
	case <-r.Context().Done():
	}
}
