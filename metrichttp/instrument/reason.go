package instrument

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
)

// errPanicked stands for a transport that has not returned.
var errPanicked = errors.New("instrument: the transport panicked")

// reason returns the value of the label error: one of few, whatever the error says.
func reason(err error) string {
	var (
		timeout   interface{ Timeout() bool }
		name      *net.DNSError
		operation *net.OpError
	)
	switch {
	case errors.Is(err, context.Canceled):
		return "canceled"
	case errors.As(err, &timeout) && timeout.Timeout():
		return "timeout"
	case errors.As(err, &name):
		return "dns"
	case isTLS(err):
		return "tls"
	case errors.As(err, &operation) && operation.Op == "dial":
		return "connect"
	case operation != nil, errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, net.ErrClosed):
		return "connection"
	}
	return "other"
}

// isTLS reports whether the two sides could not agree on how to be safe.
func isTLS(err error) bool {
	var (
		alert       tls.AlertError
		certificate *tls.CertificateVerificationError
		record      tls.RecordHeaderError
		authority   x509.UnknownAuthorityError
		hostname    x509.HostnameError
		invalid     x509.CertificateInvalidError
	)
	return errors.As(err, &alert) || errors.As(err, &certificate) || errors.As(err, &record) ||
		errors.As(err, &authority) || errors.As(err, &hostname) || errors.As(err, &invalid)
}
