package lint

import (
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Values that look like one of endlessly many.
var (
	uuidValue  = regexp.MustCompile(`^(urn:uuid:|\w+[:_-])?\{?[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}\}?$`)
	hashValue  = regexp.MustCompile(`^((md5|sha1|sha256|sha384|sha512)[:-])?[0-9a-fA-F]{16,}$`)
	ulidValue  = regexp.MustCompile(`^[0-7][0-9A-HJKMNP-TV-Z]{25}$`) // https://github.com/ulid/spec
	longNumber = regexp.MustCompile(`^\d{15,}$`)
	timeValue  = regexp.MustCompile(`^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}`)
	// Seconds, with a fraction perhaps, to nanoseconds since the Unix epoch,
	// from 2014 to 2036: the numbers before and after are mostly sizes.
	epochValue = regexp.MustCompile(`^(1[4-9]|20)\d{8}(\d{3}|\d{6}|\d{9}|\.\d+)?$`)
	mailValue  = regexp.MustCompile(`^[^\s@/:]+@[^\s@/:]+\.[a-zA-Z]{2,}$`)
	// Names of systemd's units, which have an "@" when there are several of a
	// kind.
	unitValue  = regexp.MustCompile(`\.(automount|device|mount|path|scope|service|slice|socket|swap|target|timer)$`)
	phoneValue = regexp.MustCompile(`^\+[1-9]\d{7,14}$`)
	tokenValue = regexp.MustCompile(`^eyJ[\w-]+\.[\w-]+\.[\w-]*$`) // https://www.rfc-editor.org/rfc/rfc7519
	agentValue = regexp.MustCompile(`^Mozilla/\d\.\d \(`)
	numberPart = regexp.MustCompile(`^\d{2,}$`) // of a path, where one digit is mostly a version
)

// minHash is the length from which hexadecimal digits are taken for a hash even
// if there are only digits, or only letters, among them.
const minHash = 32

// What values look like that may be the name of one thing that the page is about,
// such as the disk of a machine, as long as there are no others.
const (
	likeUUID    = "which looks like a UUID"
	likeHash    = "which looks like a hash or an identifier"
	likeAddress = "which looks like a network address"
)

// mayBeName tells whether what a value looks like may be the name of something,
// rather than that of something that happens.
func mayBeName(kind string) bool {
	return kind == likeUUID || kind == likeHash || kind == likeAddress
}

// unboundedKind says what a value looks like if that suggests that there are
// endlessly many of the kind, else "".
func unboundedKind(label, value string) string {
	switch {
	case len(value) < 2:
		return ""
	case epochValue.MatchString(value), timeValue.MatchString(value):
		return "which looks like a time"
	case uuidValue.MatchString(value):
		return likeUUID
	case looksHashed(value), ulidValue.MatchString(value), longNumber.MatchString(value):
		return likeHash
	case mailValue.MatchString(value) && !unitValue.MatchString(value):
		return "which looks like an e-mail address"
	case phoneValue.MatchString(value):
		return "which looks like a telephone number"
	case tokenValue.MatchString(value):
		return "which looks like a token"
	case agentValue.MatchString(value):
		return "which looks like the name of a browser"
	case looksAddressed(label, value):
		return likeAddress
	case strings.Contains(value, " "):
		return textKind(label, value)
	}
	return pathKind(label, value)
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
	if has(label, "version", "release", "firmware") {
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
	return !a.IsLoopback() && !a.IsUnspecified() && !a.IsMulticast()
}

// has tells whether a label name has one of the words in it.
func has(label string, some ...string) bool {
	return slices.ContainsFunc(words(label), func(word string) bool { return slices.Contains(some, word) })
}

// textKind is unboundedKind for a text of several words, such as an error.
func textKind(label, value string) string {
	for _, word := range strings.FieldsFunc(value, func(r rune) bool { return strings.ContainsRune(" \t\n=>,;()\"'", r) }) {
		word = strings.Trim(word, ".:-")
		if uuidValue.MatchString(word) || looksHashed(word) || looksAddressed(label, word) {
			return "which looks like a text with an identifier"
		}
	}
	return ""
}

// pathKind is unboundedKind for paths and URLs.
func pathKind(label, value string) string {
	scheme, path, found := strings.Cut(value, "://")
	switch {
	case found && scheme != "":
	case value[0] == '/':
		scheme, path = "", value
	default:
		return ""
	}
	path, query, found := strings.Cut(path, "?")
	if found && strings.Contains(query, "=") {
		return "which looks like a path with a query"
	}
	segments := strings.Split(path, "/")
	if scheme == "" || strings.HasPrefix(scheme, "http") {
		segments = segments[1:] // without nothing, or the host
	}
	ofFiles := has(label, "mountpoint", "mount", "device", "disk", "directory", "dir", "file")
	for _, segment := range segments {
		if uuidValue.MatchString(segment) || looksHashed(segment) || !ofFiles && numberPart.MatchString(segment) {
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
