package exposition

import (
	"strconv"
	"strings"
)

// maxHeaderLength bounds how much of a header from a client is looked at. The
// longest Accept header that Prometheus sends has some 400 bytes.
const maxHeaderLength = 8 << 10

// splitQuoted cuts s at the first separator that is not inside a quoted string
// (RFC 9110, section 5.6.4). An unterminated string runs to the end.
func splitQuoted(s string, separator byte) (before, after string, found bool) {
	quoted := false
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case c == separator && !quoted:
			return s[:i], s[i+1:], true
		}
	}
	return s, "", false
}

// elements calls visit for each element of a comma-separated header.
func elements(header string, visit func(element string)) {
	for more := true; more; {
		var element string
		element, header, more = splitQuoted(header, ',')
		if element = trimSpace(element); element != "" {
			visit(element)
		}
	}
}

// parameters calls visit for each parameter of an element, of which the part up
// to the first semicolon was cut off. Names come in lower case, values without
// quotes.
func parameters(s string, visit func(name, value string)) {
	for more := true; more; {
		var parameter string
		parameter, s, more = splitQuoted(s, ';')
		name, value, found := strings.Cut(parameter, "=")
		if found {
			visit(strings.ToLower(trimSpace(name)), unquote(trimSpace(value)))
		}
	}
}

func trimSpace(s string) string { return strings.Trim(s, " \t") }

// unquote returns what a quoted string stands for, and anything else as it is.
func unquote(s string) string {
	if len(s) < 2 || s[0] != '"' || s[len(s)-1] != '"' {
		return s
	}
	s = s[1 : len(s)-1]
	if strings.IndexByte(s, '\\') < 0 {
		return s
	}
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+1 < len(s) {
			i++
		}
		b = append(b, s[i])
	}
	return string(b)
}

// parseWeight reads a q parameter. Anything above 1 counts as 1; what is no
// decimal number is no weight.
func parseWeight(s string) (weight float64, ok bool) {
	if s == "" || strings.Trim(s, "0123456789.") != "" {
		return 0, false
	}
	weight, err := strconv.ParseFloat(s, 64)
	if err != nil {
		return 0, false
	}
	return min(weight, 1), true
}
