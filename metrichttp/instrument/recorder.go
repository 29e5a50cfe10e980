package instrument

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"sync/atomic"
)

// recorder notes what a handler does with its writer.
type recorder struct {
	http.ResponseWriter
	status   int // of the final response; 0 before
	written  int64
	hijacked bool
	returned bool // the handler has, and so did not panic

	size int64 // of the request; -1 when it is to be counted
	body countedBody
}

// countedBody counts what is read of a body, which may go on in another goroutine.
type countedBody struct {
	io.ReadCloser
	read atomic.Int64
}

// Read implements [io.Reader].
func (b *countedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	b.read.Add(int64(n))
	return n, err
}

// result returns the status that counts.
func (w *recorder) result() int {
	switch {
	case !w.returned:
		return http.StatusInternalServerError
	case w.status != 0:
		return w.status
	case w.hijacked:
		return http.StatusSwitchingProtocols
	}
	return http.StatusOK
}

func (w *recorder) requestSize() int64 {
	if w.size >= 0 {
		return w.size
	}
	return w.body.read.Load()
}

// responseSize returns how much of a body was sent, or -1 when that is not known.
func (w *recorder) responseSize(r *http.Request) int64 {
	switch {
	case w.hijacked:
		return -1
	case r.Method == http.MethodHead:
		return 0 // what is written is not sent
	}
	return w.written
}

// WriteHeader implements [http.ResponseWriter].
func (w *recorder) WriteHeader(status int) {
	final := status >= http.StatusOK || status == http.StatusSwitchingProtocols
	if w.status == 0 && final {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

// Write implements [http.ResponseWriter].
func (w *recorder) Write(p []byte) (int, error) {
	w.begin()
	n, err := w.ResponseWriter.Write(p)
	w.written += int64(n)
	return n, err
}

// WriteString implements [io.StringWriter].
func (w *recorder) WriteString(s string) (int, error) {
	w.begin()
	n, err := io.WriteString(w.ResponseWriter, s)
	w.written += int64(n)
	return n, err
}

// begin notes that the header is sent, which says 200 unless it was set.
func (w *recorder) begin() {
	if w.status == 0 {
		w.status = http.StatusOK
	}
}

// Unwrap serves [http.ResponseController].
func (w *recorder) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// capable returns the recorder as a writer that can do what the one underneath can:
// handlers ask for these interfaces, and do without them in slower ways.
func (w *recorder) capable() http.ResponseWriter {
	_, flushes := w.ResponseWriter.(http.Flusher)
	_, hijacks := w.ResponseWriter.(http.Hijacker)
	_, readsFrom := w.ResponseWriter.(io.ReaderFrom)
	_, pushes := w.ResponseWriter.(http.Pusher)
	switch {
	case flushes && hijacks && readsFrom:
		return connWriter{hijackWriter{flushWriter{w}}}
	case flushes && hijacks:
		return hijackWriter{flushWriter{w}}
	case flushes && pushes:
		return pushWriter{flushWriter{w}}
	case flushes:
		return flushWriter{w}
	}
	return w
}

// flushWriter is a recorder before a writer that flushes. Like those made of it, it is
// a single pointer, which an interface holds without an allocation.
type flushWriter struct{ *recorder }

// Flush implements [http.Flusher].
func (w flushWriter) Flush() { _ = w.FlushError() } // the next write has the error, too

// FlushError serves [http.ResponseController].
func (w flushWriter) FlushError() error {
	w.begin()
	return http.NewResponseController(w.ResponseWriter).Flush()
}

// hijackWriter is before a writer whose connection can be taken over as well.
type hijackWriter struct{ flushWriter }

// Hijack implements [http.Hijacker].
func (w hijackWriter) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	conn, buffered, err := http.NewResponseController(w.ResponseWriter).Hijack()
	if err == nil {
		w.hijacked = true
	}
	return conn, buffered, err
}

// connWriter is before that of a connection of HTTP/1, which sends files without
// copying them.
type connWriter struct{ hijackWriter }

// ReadFrom implements [io.ReaderFrom].
func (w connWriter) ReadFrom(from io.Reader) (int64, error) {
	w.begin()
	n, err := w.ResponseWriter.(io.ReaderFrom).ReadFrom(from)
	w.written += n
	return n, err
}

// pushWriter is before that of a stream of HTTP/2.
type pushWriter struct{ flushWriter }

// Push implements [http.Pusher].
func (w pushWriter) Push(target string, o *http.PushOptions) error {
	return w.ResponseWriter.(http.Pusher).Push(target, o)
}
