package metric

import "strings"

// Each table gives, for a byte that must be escaped, what follows the
// backslash, and 0 for all others.
var (
	quotedEscapes = [256]byte{'\\': '\\', '\n': 'n', '"': '"'}
	plainEscapes  = [256]byte{'\\': '\\', '\n': 'n'}
)

// QuoteMetricName returns a metric name as OpenMetrics 2.0 and readers that
// accept [AllowUTF8] want it in text: as it is when it is a legacy name or
// empty, else in quotes, with backslash, line feed and quote escaped.
func QuoteMetricName(name string) string { return metricName.quote(name) }

// QuoteLabelName is [QuoteMetricName] for label names; here a colon too asks
// for quotes.
func QuoteLabelName(name string) string { return labelName.quote(name) }

func (k nameKind) quote(name string) string {
	if k.legacyPrefix(name) == len(name) {
		return name
	}
	var stack [128]byte
	return string(AppendQuoted(stack[:0], name))
}

// AppendQuoted appends s in quotes, with backslash, line feed and quote
// escaped: the form of label values and quoted names in all text formats.
func AppendQuoted(dst []byte, s string) []byte {
	dst = append(dst, '"')
	dst = appendEscaped(dst, s, &quotedEscapes)
	return append(dst, '"')
}

// AppendEscapedHelp appends a help text with backslash and line feed escaped,
// as the Prometheus text format wants it, and with quotes escaped as well when
// asked for, as OpenMetrics wants it.
func AppendEscapedHelp(dst []byte, help string, quotes bool) []byte {
	if quotes {
		return appendEscaped(dst, help, &quotedEscapes)
	}
	return appendEscaped(dst, help, &plainEscapes)
}

func appendEscaped(dst []byte, s string, escapes *[256]byte) []byte {
	for {
		n := plainPrefix(s, escapes)
		dst = append(dst, s[:n]...)
		if n == len(s) {
			return dst
		}
		dst = append(dst, '\\', escapes[s[n]])
		s = s[n+1:]
	}
}

// plainPrefix returns how many bytes of s come before the first that is to be
// escaped. It skips eight at a time, since most strings have none.
func plainPrefix(s string, escapes *[256]byte) int {
	i := 0
	for i+8 <= len(s) && !hasSpecial(load64(s[i:i+8])) {
		i += 8
	}
	for i < len(s) && escapes[s[i]] == 0 {
		i++
	}
	return i
}

// hasSpecial reports whether one of the eight bytes of word is a backslash, a
// quote or a line feed. For each it makes that byte zero and then looks for a
// zero: only there does subtracting one set a high bit that was clear.
func hasSpecial(word uint64) bool {
	const (
		ones  = 0x0101010101010101
		highs = 0x8080808080808080
	)
	backslash := word ^ ones*'\\'
	quote := word ^ ones*'"'
	feed := word ^ ones*'\n'
	return ((backslash-ones)&^backslash|(quote-ones)&^quote|(feed-ones)&^feed)&highs != 0
}

// load64 is one load instruction where the processor allows it.
func load64(s string) uint64 {
	_ = s[7]
	return uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 |
		uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
}

// AppendUnescaped appends s with the escapes of [AppendQuoted] undone: what
// stands between the quotes of a label value or a quoted name, or a help text
// of OpenMetrics. As OpenMetrics has it, a backslash before any other
// character, or at the end, stands for itself.
func AppendUnescaped(dst []byte, s string) []byte {
	for {
		i := strings.IndexByte(s, '\\')
		if i < 0 || i+1 == len(s) {
			return append(dst, s...)
		}
		dst = append(dst, s[:i]...)
		switch c := s[i+1]; c {
		case '\\', '"':
			dst = append(dst, c)
		case 'n':
			dst = append(dst, '\n')
		default:
			dst = append(dst, '\\', c)
		}
		s = s[i+2:]
	}
}
