package instrument

import (
	"io"
	"net/http"
	"time"

	"polymeter.dev"
)

// ClientOptions are the choices of a [Client]. The zero value is the default; so is a
// nil *ClientOptions.
type ClientOptions struct {
	Options
	// Target returns the value of the label target, such as the name of the
	// service that a request is for. It must return one of few values. When nil,
	// there is no such label.
	Target func(*http.Request) string
}

// Client measures the requests of HTTP clients. Its methods may be called
// concurrently.
type Client struct {
	*group
	target    func(*http.Request) string
	active    *polymeter.Gauge
	durations *polymeter.HistogramVec
	requests  *polymeter.HistogramVec // sizes; may be nil
	responses *polymeter.HistogramVec // likewise
	errors    *polymeter.CounterVec
}

// codeError is the value of the label code for a request without an answer.
const codeError = "error"

// NewClient declares the metrics of a client in a registry. One that is declared there
// already, with the same options, is shared. A nil o means the defaults.
//
// The metrics are http_client_request_duration_seconds, a histogram whose count is the
// number of requests that were answered or have failed; http_client_active_requests, a
// gauge; the histograms http_client_request_body_size_bytes and
// http_client_response_body_size_bytes; and http_client_request_errors_total, a counter.
// The histograms have the labels method and code, the counter method and error.
func NewClient(r *polymeter.Registry, o *ClientOptions) (*Client, error) {
	var options ClientOptions
	if o != nil {
		options = *o
	}
	labels := []string{"method", "code"}
	if options.Target != nil {
		labels = append(labels, "target")
	}
	c := &Client{target: options.Target, group: newGroup(r, options.Options, "http_client", labels...)}
	c.durations = c.group.durations("Time from a request to the header of its answer.")
	c.active = c.inFlight("Requests that are under way, until their answers are read.")
	c.requests = c.sizes("_request_body_size", "Size of the bodies of requests.")
	c.responses = c.sizes("_response_body_size", "Size of the bodies of answers, as far as they were read.")
	c.errors = c.failures()
	if c.err != nil {
		return nil, c.err
	}
	return c, nil
}

func (c *Client) failures() *polymeter.CounterVec {
	names := append([]string{"method", "error"}, c.names[2:]...)
	vec, err := c.registry.NewCounterVec(polymeter.CounterOpts{
		Name: c.options.Prefix + "_request_errors_total",
		Help: "Requests without a whole answer, by what went wrong.", Labels: names, Series: c.series(),
	})
	c.fail(err)
	return vec
}

// Wrap returns a transport that does what next does and measures it. A nil next is
// [http.DefaultTransport].
//
// A request takes until the header of its answer is there, or it has failed, in which
// case its code is "error". It is under way until the body of the answer is read to its
// end or closed: one that is never closed, as it must be, shows. What went wrong before
// or in the body is counted under one of the values canceled, timeout, dns, tls,
// connect, connection and other of the label error. Sizes are observed at the end of
// the answer: that of a request is what it declares or, failing that, what was sent of
// it, that of an answer what was read, after decompression by the transport. Redirects
// are requests of their own.
func (c *Client) Wrap(next http.RoundTripper) http.RoundTripper {
	if next == nil {
		next = http.DefaultTransport
	}
	return &transport{client: c, next: next}
}

type transport struct {
	client *Client
	next   http.RoundTripper
}

// CloseIdleConnections serves [http.Client.CloseIdleConnections].
func (t *transport) CloseIdleConnections() {
	if closer, ok := t.next.(interface{ CloseIdleConnections() }); ok {
		closer.CloseIdleConnections()
	}
}

// RoundTrip implements [http.RoundTripper].
func (t *transport) RoundTrip(r *http.Request) (*http.Response, error) {
	c := t.client
	e := &exchange{client: c, method: c.method(r.Method), code: codeError, size: bodySize(r)}
	if c.target != nil {
		e.target = c.target(r)
	}
	sent := e.counting(r)
	started := time.Now()
	c.active.Inc()
	finished := false
	defer func() {
		if !finished { // the transport has panicked
			e.end(errPanicked)
		}
	}()
	answer, err := t.next.RoundTrip(sent)
	took := time.Since(started)
	finished = true
	if err == nil {
		e.code = code(answer.StatusCode)
	}
	var room [mostLabels]string
	c.observe(r.Context(), c.durations.With(e.labels(room[:0], e.code)...), took)
	if err != nil {
		e.end(err)
		return answer, err
	}
	if sent != r {
		answer.Request = r
	}
	e.read(answer)
	return answer, nil
}

// read counts the answer's body while it is read.
func (e *exchange) read(answer *http.Response) {
	if answer.Body == nil || answer.Body == http.NoBody {
		e.end(nil)
		return
	}
	e.answer = answer.Body
	answer.Body = e
	if upgraded, ok := e.answer.(io.Writer); ok { // a connection that is no longer HTTP
		answer.Body = &upgradedBody{e, upgraded}
	}
}
