package metric

import (
	"bytes"
	"fmt"
	"slices"
)

// LabelText makes [Labels] of pairs as they stand in the text formats, for many
// lines one after the other. It copies text that is canonical already as a whole,
// which most is, into memory that the labels of many lines share. It must not be
// used concurrently. The zero value is ready for use.
type LabelText struct {
	pairs     []textPair
	canonical bool // no pair has to be written otherwise
	arena     textArena
	text      []byte

	// names are those of an earlier set, if they were in canonical order. Most
	// sets have the same names as the one before.
	names []string
	alike bool     // the names so far are among them, in their places
	heads []string // what stands before each value of such a set
}

// textPair is a label. Both are escaped, unless name is a legacy one.
type textPair struct {
	name, value []byte
	quoted      bool
}

// Begin begins the next set.
func (t *LabelText) Begin() {
	t.pairs, t.canonical, t.alike = t.pairs[:0], true, true
}

// Add adds a pair: the name as it stands in quotes, or without any if it is a
// legacy label name, and what stands between the quotes of the value. Both must
// be valid UTF-8 and stay unchanged until [LabelText.Labels] returns.
func (t *LabelText) Add(name []byte, quoted bool, value []byte) {
	i := len(t.pairs)
	t.alike = t.alike && i < len(t.names) && string(name) == t.names[i]
	t.canonical = t.canonical && !quoted && isCanonical(value)
	t.pairs = append(t.pairs, textPair{name, value, quoted})
}

// inOrder reports whether the names are in canonical order, none of them twice,
// and remembers them then.
func (t *LabelText) inOrder() bool {
	if t.alike && len(t.pairs) == len(t.names) {
		return true
	}
	for i := 1; i < len(t.pairs); i++ {
		if compareLabelNames(string(t.pairs[i-1].name), string(t.pairs[i].name)) >= 0 {
			return false
		}
	}
	t.names, t.heads = t.names[:0], t.heads[:0]
	separator := ""
	for _, p := range t.pairs {
		t.names = append(t.names, string(p.name))
		t.heads = append(t.heads, separator+string(p.name)+`="`)
		separator = ","
	}
	return true
}

// Repeat returns the set that text begins with and a closing brace ends, and the length
// of it, if it has the names of the last set whose text was canonical, and no value with
// a backslash. That is so for most lines of a page, and takes a third of the time: there
// is nothing to check but the bytes before each value.
func (t *LabelText) Repeat(text []byte) (l Labels, length int, ok bool) {
	at := 0
	for _, head := range t.heads {
		if len(text)-at < len(head) || string(text[at:at+len(head)]) != head {
			return Labels{}, 0, false
		}
		at += len(head)
		for at < len(text) && text[at] != '"' && text[at] != '\\' {
			at++
		}
		if at == len(text) || text[at] == '\\' {
			return Labels{}, 0, false
		}
		at++
	}
	if at == 0 || at == len(text) || text[at] != '}' {
		return Labels{}, 0, false
	}
	return Labels{text: t.arena.keep(text[:at])}, at, true
}

// isCanonical reports whether every backslash in a value escapes something.
func isCanonical(value []byte) bool {
	for {
		i := bytes.IndexByte(value, '\\')
		if i < 0 {
			return true
		}
		if i+1 == len(value) || isStray(value[i+1]) {
			return false
		}
		value = value[i+2:]
	}
}

// isStray reports whether a backslash before c stands for itself.
func isStray(c byte) bool { return c != '\\' && c != '"' && c != 'n' }

// Labels returns the set of the pairs added since [LabelText.Begin]. Text is how
// they stood together, without blanks or other additions, or nil. It fails when a
// name is empty or there twice.
func (t *LabelText) Labels(text []byte) (Labels, error) {
	switch {
	case len(t.pairs) == 0:
		return Labels{}, nil
	case t.canonical && text != nil && t.inOrder():
		return Labels{text: t.arena.keep(text)}, nil
	}
	return t.sorted()
}

func (t *LabelText) sorted() (Labels, error) {
	for i := range t.pairs {
		if p := &t.pairs[i]; p.quoted {
			p.name = AppendUnescaped(nil, string(p.name))
		}
	}
	slices.SortStableFunc(t.pairs, func(a, b textPair) int { return compareLabelNames(string(a.name), string(b.name)) })
	t.text = t.text[:0]
	quoted := false
	for i, p := range t.pairs {
		switch {
		case len(p.name) == 0:
			return Labels{}, fmt.Errorf("metric: a label name is empty")
		case i > 0 && bytes.Equal(t.pairs[i-1].name, p.name):
			return Labels{}, fmt.Errorf("metric: label name %q occurs twice", p.name)
		}
		if i > 0 {
			t.text = append(t.text, ',')
		}
		if name := string(p.name); IsLegacyLabelName(name) {
			t.text = append(t.text, name...)
		} else {
			t.text, quoted = AppendQuoted(t.text, name), true
		}
		t.text = AppendQuoted(append(t.text, '='), string(AppendUnescaped(nil, string(p.value))))
	}
	return Labels{text: t.arena.keep(t.text), quoted: quoted}, nil
}
