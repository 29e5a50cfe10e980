package metric

import (
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"
)

// Labels is an immutable set of label names and values. It is kept as the text
// of the exposition formats, sorted by name, with le and quantile last:
//
//	code="200",method="GET"
//
// so that comparing two sets is comparing two strings (Labels may be compared
// with == and used as map keys) and encoding one is copying it. A name that is
// not legacy stands in quotes. The zero value is the empty set.
type Labels struct {
	text string
	// quoted says that at least one name stands in quotes; it follows from
	// text and spares encoders looking.
	quoted bool
}

// MakeLabels returns the set of the given names and values, which correspond
// by position. It fails when their numbers differ, a name is empty or repeated,
// or a name or value is not valid UTF-8. Whether names are legacy is not
// checked here but by [Validation].
func MakeLabels(names, values []string) (Labels, error) {
	schema, err := NewLabelSchema(names)
	if err != nil {
		return Labels{}, err
	}
	return schema.Make(values)
}

// MustLabels returns the set of the given names and values in turn, under the
// rules of [MakeLabels]. It panics where MakeLabels fails, and when the last
// name has no value, so use it for names and values that stand in the source.
func MustLabels(pairs ...string) Labels {
	if len(pairs)%2 != 0 {
		panic(fmt.Errorf("metric: label name %q has no value", pairs[len(pairs)-1]))
	}
	var names, values []string
	for pair := range slices.Chunk(pairs, 2) {
		names, values = append(names, pair[0]), append(values, pair[1])
	}
	l, err := MakeLabels(names, values)
	if err != nil {
		panic(err)
	}
	return l
}

// LabelsFromMap returns the set of the entries of m, under the rules of
// [MakeLabels].
func LabelsFromMap(m map[string]string) (Labels, error) {
	names := slices.Sorted(maps.Keys(m))
	values := make([]string, len(names))
	for i, name := range names {
		values[i] = m[name]
	}
	return MakeLabels(names, values)
}

// Text returns the canonical text, without braces.
func (l Labels) Text() string { return l.text }

// Quoted reports whether some name stands in quotes, that is, is not a legacy
// label name.
func (l Labels) Quoted() bool { return l.quoted }

// IsZero reports whether the set is empty.
func (l Labels) IsZero() bool { return l.text == "" }

// Len returns the number of labels.
func (l Labels) Len() int {
	n := 0
	for range l.All() {
		n++
	}
	return n
}

// All iterates over names and values in canonical order.
func (l Labels) All() iter.Seq2[string, string] {
	return func(yield func(string, string) bool) {
		rest := l.text
		for rest != "" {
			var name, value string
			name, value, rest = cutLabel(rest)
			if !yield(name, value) {
				return
			}
		}
	}
}

// Get returns the value of the named label, or "" when there is none, which
// Prometheus does not distinguish from an empty value.
func (l Labels) Get(name string) string {
	value, _ := l.Lookup(name)
	return value
}

// Lookup returns the value of the named label and whether it is in the set.
func (l Labels) Lookup(name string) (string, bool) {
	for n, v := range l.All() {
		if n == name {
			return v, true
		}
	}
	return "", false
}

// Map returns the set as a new map.
func (l Labels) Map() map[string]string {
	m := make(map[string]string)
	for name, value := range l.All() {
		m[name] = value
	}
	return m
}

// With returns the set with the named label added or replaced, under the rules
// of [MakeLabels].
func (l Labels) With(name, value string) (Labels, error) {
	names, values := []string{name}, []string{value}
	for n, v := range l.All() {
		if n != name {
			names, values = append(names, n), append(values, v)
		}
	}
	return MakeLabels(names, values)
}

// Without returns the set without the named label.
func (l Labels) Without(name string) Labels {
	if _, found := l.Lookup(name); !found {
		return l
	}
	var names, values []string
	for n, v := range l.All() {
		if n != name {
			names, values = append(names, n), append(values, v)
		}
	}
	without, _ := MakeLabels(names, values) // a subset of a valid set is valid
	return without
}

// String returns the set in braces, as it stands behind a sample name.
func (l Labels) String() string { return "{" + l.text + "}" }

// cutLabel splits the first label off canonical text.
func cutLabel(text string) (name, value, rest string) {
	if text[0] == '"' {
		name, rest = cutQuoted(text)
		rest = rest[1:] // '='
	} else {
		i := strings.IndexByte(text, '=')
		name, rest = text[:i], text[i+1:]
	}
	value, rest = cutQuoted(rest)
	if rest != "" {
		rest = rest[1:] // ','
	}
	return name, value, rest
}

// cutQuoted splits a leading quoted string off text and unescapes it.
func cutQuoted(text string) (value, rest string) {
	escaped := false
	for i := 1; i < len(text); i++ {
		switch text[i] {
		case '\\':
			escaped = true
			i++
		case '"':
			value, rest = text[1:i], text[i+1:]
			if escaped {
				value = string(AppendUnescaped(nil, value))
			}
			return value, rest
		}
	}
	return text, "" // not reached: text is our own
}

// LabelSchema is a fixed list of label names, prepared for making many
// [Labels] that differ in their values. It is immutable.
type LabelSchema struct {
	names    []string
	order    []int    // positions in names, in canonical order
	prefixes []string // by position in order: `,name="`
	quoted   bool
}

// NewLabelSchema prepares the names, under the rules of [MakeLabels].
func NewLabelSchema(names []string) (*LabelSchema, error) {
	s := &LabelSchema{names: slices.Clone(names), order: make([]int, len(names))}
	for i := range names {
		s.order[i] = i
	}
	slices.SortFunc(s.order, func(a, b int) int { return compareLabelNames(names[a], names[b]) })
	for i, position := range s.order {
		name := names[position]
		if name == "" || !utf8.ValidString(name) {
			return nil, fmt.Errorf("metric: label name %q is empty or not valid UTF-8", name)
		}
		if i > 0 && names[s.order[i-1]] == name {
			return nil, fmt.Errorf("metric: label name %q occurs twice", name)
		}
		s.quoted = s.quoted || !IsLegacyLabelName(name)
		prefix := QuoteLabelName(name) + `=`
		if i > 0 {
			prefix = "," + prefix
		}
		s.prefixes = append(s.prefixes, prefix)
	}
	return s, nil
}

// Names returns the names in the order they were given; it must not be changed.
func (s *LabelSchema) Names() []string { return s.names }

// Make returns the set with these values, in the order of the names. It fails
// when their number differs or one is not valid UTF-8.
func (s *LabelSchema) Make(values []string) (Labels, error) {
	var stack [256]byte
	text, err := s.appendText(stack[:0], values)
	if err != nil || len(text) == 0 {
		return Labels{}, err
	}
	return Labels{text: string(text), quoted: s.quoted}, nil
}

// appendText appends the canonical text of the set with these values.
func (s *LabelSchema) appendText(dst []byte, values []string) ([]byte, error) {
	if len(values) != len(s.names) {
		return nil, arityError(values, s.names)
	}
	for i, value := range values {
		if !utf8.ValidString(value) {
			return nil, fmt.Errorf("metric: value %q of label %q is not valid UTF-8", value, s.names[i])
		}
	}
	for i, position := range s.order {
		dst = append(dst, s.prefixes[i]...)
		dst = AppendQuoted(dst, values[position])
	}
	return dst, nil
}

func arityError(values, names []string) error {
	given := append([]string(nil), values...) // keeps the caller's off the heap
	return fmt.Errorf("metric: %d label values %q for the %d label names %q", len(given), given, len(names), names)
}

// compareLabelNames orders by name, with le and quantile after all others.
func compareLabelNames(a, b string) int {
	if lastA, lastB := isBoundLabel(a), isBoundLabel(b); lastA != lastB {
		if lastA {
			return 1
		}
		return -1
	}
	return strings.Compare(a, b)
}

func isBoundLabel(name string) bool { return name == "le" || name == "quantile" }
