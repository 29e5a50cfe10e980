package lint

import (
	"net/netip"
	"regexp"
	"strconv"
	"strings"
)

// Values that look like one of endlessly many.
var (
	uuidValue  = regexp.MustCompile(`^(urn:uuid:)?\{?[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}\}?$`)
	hashValue  = regexp.MustCompile(`^((md5|sha1|sha256|sha384|sha512)[:-])?[0-9a-fA-F]{16,}$`)
	mailValue  = regexp.MustCompile(`^[^\s@/:]+@[^\s@/:]+\.[a-zA-Z]{2,}$`)
	timeValue  = regexp.MustCompile(`^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}`)
	epochValue = regexp.MustCompile(`^[12]\d{9}(\d{3}|\d{6}|\d{9}|\.\d+)?$`)
	digits     = regexp.MustCompile(`^\d+$`)
)

// minHash is the length from which hexadecimal digits are taken for a hash even
// if there are only digits, or only letters, among them.
const minHash = 32

// unboundedKind says what a value looks like if that suggests that there are
// endlessly many of the kind, else "".
func unboundedKind(label, value string) string {
	switch {
	case len(value) < 2:
		return ""
	case epochValue.MatchString(value), timeValue.MatchString(value):
		return "which looks like a time"
	case uuidValue.MatchString(value):
		return "which looks like a UUID"
	case looksHashed(value):
		return "which looks like a hash or an identifier"
	case mailValue.MatchString(value):
		return "which looks like an e-mail address"
	case looksAddressed(label, value):
		return "which looks like a network address"
	}
	return pathKind(value)
}

// looksHashed tells whether a value is a long hexadecimal number. Shorter ones
// must have both digits and letters, for words and numbers are hexadecimal, too.
func looksHashed(value string) bool {
	if !hashValue.MatchString(value) {
		return false
	}
	return len(value) >= minHash || strings.ContainsAny(value, "0123456789") && strings.ContainsAny(value, "abcdefABCDEF")
}

// looksAddressed tells whether a value is an IP address, alone or with a port.
// Versions may have four numbers as well.
func looksAddressed(label, value string) bool {
	if strings.Count(value, ".") != 3 && strings.Count(value, ":") < 2 {
		return false
	}
	if strings.Contains(label, "version") {
		return false
	}
	a, err := netip.ParseAddr(value)
	if err != nil {
		var withPort netip.AddrPort
		if withPort, err = netip.ParseAddrPort(value); err != nil {
			return false
		}
		a = withPort.Addr()
	}
	return !a.IsLoopback() && !a.IsUnspecified()
}

// pathKind is unboundedKind for paths and URLs.
func pathKind(value string) string {
	path := value
	if scheme := strings.Index(value, "://"); scheme > 0 {
		path = value[scheme+len("://"):]
	} else if value[0] != '/' {
		return ""
	}
	path, query, found := strings.Cut(path, "?")
	if found && strings.Contains(query, "=") {
		return "which looks like a path with a query"
	}
	for i, segment := range strings.Split(path, "/") {
		if i == 0 {
			continue // nothing, or the host
		}
		if digits.MatchString(segment) || uuidValue.MatchString(segment) || looksHashed(segment) {
			return "which looks like a path with an identifier"
		}
	}
	return ""
}

// maxShown is how many bytes of a value a message shows.
const maxShown = 64

func quote(text string) string {
	if len(text) > maxShown {
		text = strings.ToValidUTF8(text[:maxShown], "") + "…"
	}
	return strconv.Quote(text)
}

func count(n int) string { return strconv.Itoa(n) }
