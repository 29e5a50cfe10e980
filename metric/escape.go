package metric

import (
	"fmt"
	"strconv"
	"strings"
)

// Escaping is how names outside the legacy grammar are shown to a reader, as
// it asked for with the escaping parameter of its Accept header
// (https://prometheus.io/docs/instrumenting/escaping_schemes/).
//
// A colon is legal in a metric name but not in a label name, so the two are
// escaped differently. Escaping expects valid names (see [Validation]); bytes
// that are not UTF-8 count as U+FFFD each.
type Escaping uint8

const (
	// Underscores replaces every illegal character by an underscore. It is
	// what a reader gets that did not ask for anything else.
	Underscores Escaping = iota
	// AllowUTF8 leaves names as they are. Text formats quote them where
	// needed; see [QuoteMetricName].
	AllowUTF8
	// Dots writes a dot as _dot_, and both an underscore and any other
	// illegal character as two underscores, even in legacy names.
	Dots
	// Values leaves legacy names as they are. It marks others with the
	// prefix U__, doubles their underscores and writes illegal characters as
	// hexadecimal code points between underscores. Only this scheme can be
	// reversed, except for legacy names that already start with U__.
	Values
)

var escapingNames = [...]string{
	Underscores: "underscores",
	AllowUTF8:   "allow-utf-8",
	Dots:        "dots",
	Values:      "values",
}

const valuesPrefix = "U__"

// String returns the value of the escaping parameter, such as "allow-utf-8".
func (e Escaping) String() string {
	if int(e) < len(escapingNames) {
		return escapingNames[e]
	}
	return "invalid"
}

// ParseEscaping returns the scheme with the given name, one of "underscores",
// "allow-utf-8", "dots" and "values".
func ParseEscaping(name string) (Escaping, error) {
	for e, n := range escapingNames {
		if n == name {
			return Escaping(e), nil
		}
	}
	return Underscores, fmt.Errorf("metric: escaping scheme %q is not known", name)
}

// EscapeMetricName returns name as the scheme shows it: a legacy metric name,
// unless the scheme is AllowUTF8 or name is empty. It allocates only when the
// name changes.
func (e Escaping) EscapeMetricName(name string) string { return e.escape(metricName, name) }

// EscapeLabelName returns name as the scheme shows it: a legacy label name,
// unless the scheme is AllowUTF8 or name is empty. It allocates only when the
// name changes.
func (e Escaping) EscapeLabelName(name string) string { return e.escape(labelName, name) }

func (e Escaping) escape(kind nameKind, name string) string {
	if e == AllowUTF8 || name == "" {
		return name
	}
	if kind.legacyPrefix(name) == len(name) && (e != Dots || strings.IndexByte(name, '_') < 0) {
		return name
	}
	var stack [128]byte
	dst := stack[:0]
	if e == Values {
		dst = append(dst, valuesPrefix...)
	}
	for i, r := range name {
		dst = e.appendRune(dst, r, kind.allows(r, i == 0))
	}
	return string(dst)
}

func (e Escaping) appendRune(dst []byte, r rune, legal bool) []byte {
	switch {
	case r == '_' && e != Underscores:
		return append(dst, "__"...)
	case legal:
		return append(dst, byte(r))
	case e == Dots && r == '.':
		return append(dst, "_dot_"...)
	case e == Dots:
		// The page says one underscore here, but every implementation,
		// and the change that introduced the scheme, writes two.
		return append(dst, "__"...)
	case e == Values:
		dst = append(dst, '_')
		dst = strconv.AppendInt(dst, int64(r), 16)
		return append(dst, '_')
	}
	return append(dst, '_')
}
