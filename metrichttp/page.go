package metrichttp

import (
	"bytes"
	"net/http"
	"strconv"
	"sync"

	"polymeter.dev/exposition"
)

// page is a response: the result of a scrape, the same for all its clients.
type page struct {
	status   int
	body     *bytes.Buffer // nil unless status is 200
	format   exposition.Format
	encoding string
}

var bodies = sync.Pool{New: func() any { return new(bytes.Buffer) }}

func newPage(q query) *page {
	return &page{
		status:   http.StatusOK,
		body:     bodies.Get().(*bytes.Buffer),
		format:   q.format,
		encoding: q.encoding,
	}
}

// fail makes the page an error. What went wrong is for the log: the client may
// not be entitled to it.
func (p *page) fail() {
	p.release()
	p.status = http.StatusInternalServerError
}

// release gives the body back for later pages.
func (p *page) release() {
	if p.body == nil {
		return
	}
	p.body.Reset()
	bodies.Put(p.body)
	p.body = nil
}

// retryAfter is the number of seconds after which a refused client may ask
// again: scrapes are that far apart at least.
const retryAfter = "5"

// send writes the page. An error of the connection concerns nobody but the
// client, who is gone.
func (p *page) send(w http.ResponseWriter) {
	switch p.status {
	case http.StatusServiceUnavailable:
		w.Header().Set("Retry-After", retryAfter)
		http.Error(w, "too many scrapes are in flight", p.status)
		return
	case http.StatusInternalServerError:
		http.Error(w, "no metrics could be collected; the log of this process says why", p.status)
		return
	}
	describe(w.Header(), p.format, p.encoding)
	w.Header().Set("Content-Length", strconv.Itoa(p.body.Len()))
	_, _ = w.Write(p.body.Bytes())
}

// describe sets the headers that say how a body is written.
func describe(h http.Header, f exposition.Format, encoding string) {
	h.Set("Content-Type", f.ContentType())
	h.Set("X-Content-Type-Options", "nosniff") // label values may look like HTML
	if encoding != exposition.Identity {
		h.Set("Content-Encoding", encoding)
	}
}
