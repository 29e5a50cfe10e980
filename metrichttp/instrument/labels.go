package instrument

import (
	"net/http"
	"slices"
	"strconv"
)

// other is the value of a label in place of those that could be anything. It is that of
// OpenTelemetry's conventions.
const other = "_OTHER"

// mostLabels is how many values of labels have room on the stack.
const mostLabels = 8

// method returns the value of the label method.
func (g *group) method(method string) string {
	switch method {
	case "":
		return http.MethodGet // as a client has it
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch,
		http.MethodDelete, http.MethodConnect, http.MethodOptions, http.MethodTrace:
		return method
	}
	if slices.Contains(g.options.Methods, method) {
		return method
	}
	return other
}

// The statuses that have a meaning (RFC 9110, section 15).
const (
	firstStatus = 100
	endOfStatus = 600
)

var codes = func() (texts [endOfStatus - firstStatus]string) {
	for i := range texts {
		texts[i] = strconv.Itoa(firstStatus + i)
	}
	return texts
}()

// code returns the value of the label code.
func code(status int) string {
	if status < firstStatus || status >= endOfStatus {
		return other
	}
	return codes[status-firstStatus]
}
