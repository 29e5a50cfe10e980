package remotewrite

import (
	"bytes"
	"context"
	"io"
	"net/http"

	"polymeter.dev/internal/sending"
)

const (
	maxMessage = 1 << 10   // of an answer, to be shown
	maxBody    = 256 << 10 // of an answer, to be read so that the connection can be used again
)

// post sends one request.
func (w *Writer) post(ctx context.Context, version Protocol, body []byte) answer {
	ctx, cancel := context.WithTimeout(ctx, w.options.Timeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, w.url, bytes.NewReader(body))
	if err != nil {
		return answer{err: err}
	}
	w.setHeader(request.Header, version)
	response, err := w.client.Do(request)
	if err != nil {
		return answer{err: err}
	}
	defer response.Body.Close()
	// The status and the header say everything: a body that breaks off is as good
	// as a whole one.
	message, _ := io.ReadAll(io.LimitReader(response.Body, maxMessage))
	io.Copy(io.Discard, io.LimitReader(response.Body, maxBody))
	return answer{status: response.StatusCode, header: response.Header, message: sending.OneLine(string(message))}
}

func (w *Writer) setHeader(h http.Header, version Protocol) {
	for name, values := range w.options.Header {
		h[http.CanonicalHeaderKey(name)] = values
	}
	h.Set("Content-Encoding", "snappy")
	h.Set("User-Agent", sending.UserAgent())
	if version == Version1 {
		h.Set("Content-Type", contentType1)
		h.Set(versionHeader, version1)
	} else {
		h.Set("Content-Type", contentType2)
		h.Set(versionHeader, version2)
	}
}
