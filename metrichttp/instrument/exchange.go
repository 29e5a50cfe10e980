package instrument

import (
	"errors"
	"io"
	"net/http"
	"sync/atomic"
)

// exchange is one request of a client, and the body of its answer.
type exchange struct {
	client *Client
	method string
	code   string
	target string

	size int64        // of the request; -1 when it is to be counted
	sent *countedBody // counts it

	answer   io.ReadCloser
	received atomic.Int64
	ended    atomic.Bool
}

// counting returns the request with a body that is counted if its size is not known.
// The request itself is the caller's and stays as it is.
func (e *exchange) counting(r *http.Request) *http.Request {
	if e.size >= 0 || r.Body == nil || e.client.requests == nil {
		return r
	}
	e.sent = &countedBody{ReadCloser: r.Body}
	counted := *r
	counted.Body = e.sent
	return &counted
}

// labels appends the values of the labels, the second of which is given.
func (e *exchange) labels(to []string, second string) []string {
	to = append(to, e.method, second)
	if e.client.target != nil {
		to = append(to, e.target)
	}
	return append(to, e.client.constant...)
}

// end ends the request once, with what went wrong or nil.
func (e *exchange) end(err error) {
	if e.ended.Swap(true) {
		return
	}
	c := e.client
	c.active.Dec()
	var room [mostLabels]string
	if err != nil {
		c.errors.With(e.labels(room[:0], reason(err))...).Inc()
	}
	size := e.size
	if e.sent != nil {
		size = e.sent.read.Load()
	}
	labels := e.labels(room[:0], e.code)
	observeSize(c.requests, size, labels)
	if e.code != codeError && e.code != codes[http.StatusSwitchingProtocols-firstStatus] {
		observeSize(c.responses, e.received.Load(), labels)
	}
}

// Read implements [io.Reader].
func (e *exchange) Read(p []byte) (int, error) {
	n, err := e.answer.Read(p)
	e.received.Add(int64(n))
	switch {
	case errors.Is(err, io.EOF):
		e.end(nil)
	case err != nil:
		e.end(err)
	}
	return n, err
}

// Close implements [io.Closer].
func (e *exchange) Close() error {
	e.end(nil)
	return e.answer.Close()
}

// upgradedBody is the body of an answer with status 101, through which the client goes
// on to talk.
type upgradedBody struct {
	*exchange
	io.Writer
}
