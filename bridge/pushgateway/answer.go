package pushgateway

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net/http"

	"polymeter.dev/internal/sending"
)

// StatusError is the answer of a gateway that has refused a request.
type StatusError struct {
	// Status is the code, such as 400.
	Status int
	// Message is the beginning of the body on one line, or where a redirection
	// leads that is not followed.
	Message string
}

func (e *StatusError) Error() string {
	text := fmt.Sprintf("pushgateway: the gateway answered %d %s", e.Status, http.StatusText(e.Status))
	if e.Message != "" {
		text += ": " + e.Message
	}
	return text
}

// answer is what came back for a request.
type answer struct {
	err    error // without an answer, or with one that is not a success
	status int
	header http.Header
}

// newAnswer reads the status, and in case of a failure what is said about it.
func newAnswer(r *http.Response, body []byte) answer {
	a := answer{status: r.StatusCode, header: r.Header}
	if a.status/100 == 2 {
		return a
	}
	message := sending.OneLine(string(body))
	if to := r.Header.Get("Location"); to != "" && a.status/100 == 3 {
		message = "it redirects to " + sending.OneLine(to)
	}
	a.err = &StatusError{Status: a.status, Message: message}
	return a
}

// outcome returns what an answer means: whether there is a point in sending the
// request again.
func (a *answer) outcome() outcome {
	var certificate *tls.CertificateVerificationError
	switch {
	case a.err == nil:
		return outcomeAccepted
	case errors.As(a.err, &certificate):
		return outcomeRejected
	case a.status == 0, a.status == http.StatusTooManyRequests, a.status >= 500:
		return outcomeFailed
	}
	return outcomeRejected
}
