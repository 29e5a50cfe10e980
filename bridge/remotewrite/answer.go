package remotewrite

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"
)

// StatusError is the answer of a receiver that took samples not, or not all of them,
// and does not want them again.
type StatusError struct {
	// Status is the code, such as 400.
	Status int
	// Message is the beginning of the body, on one line.
	Message string
}

func (e *StatusError) Error() string {
	text := fmt.Sprintf("remotewrite: the receiver answered %d %s", e.Status, http.StatusText(e.Status))
	if e.Message != "" {
		text += ": " + e.Message
	}
	return text
}

var errUnconfirmed = errors.New("remotewrite: the receiver answered that all is well, and yet has not written everything")

// answer is what came back for a request.
type answer struct {
	err     error // without an answer
	status  int
	header  http.Header
	message string
}

// outcome returns what an answer means to a request of the version (Remote-Write 2.0,
// sections "Response" and "Retries & Backoff"). Whether 1.0 would be understood is to be
// found out with a request in it.
func (a *answer) outcome(version Protocol) outcome {
	counted := a.counted()
	switch {
	case a.err != nil, a.status == http.StatusTooManyRequests, a.status >= 500:
		return outcomeFailed
	case version == Version2 && a.status == http.StatusUnsupportedMediaType:
		return outcomeUnsupported
	case version == Version2 && !counted && (a.status/100 == 2 || a.status == http.StatusBadRequest):
		// A receiver of 2.0 says how much it has written. One of 1.0 may have
		// found the message malformed, or taken it for an empty one.
		return outcomeUnsupported
	case a.status/100 == 2:
		return outcomeAccepted
	}
	return outcomeRejected
}

// failure describes an answer that is not a success.
func (a *answer) failure() error {
	if a.err != nil {
		return a.err
	}
	return &StatusError{Status: a.status, Message: a.message}
}

// writtenHeaders are where a receiver of 2.0 says how much it has written.
var writtenHeaders = [kinds]string{
	kindSample:    "X-Prometheus-Remote-Write-Samples-Written",
	kindHistogram: "X-Prometheus-Remote-Write-Histograms-Written",
	kindExemplar:  "X-Prometheus-Remote-Write-Exemplars-Written",
}

// counted reports whether the receiver says how much it has written.
func (a *answer) counted() bool {
	for _, name := range writtenHeaders {
		if _, err := strconv.ParseUint(a.header.Get(name), 10, 63); err == nil {
			return true
		}
	}
	return false
}

// written returns how much of what was sent the receiver has written, as it says: what
// it does not mention, or does not give a number for, it has not.
func (a *answer) written(sent [kinds]int) (written [kinds]int) {
	for k, name := range writtenHeaders {
		n, err := strconv.ParseUint(a.header.Get(name), 10, 63)
		if err == nil {
			written[k] = int(min(n, uint64(sent[k])))
		}
	}
	return written
}
