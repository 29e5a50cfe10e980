package pyfile

import (
	"errors"
	"strings"
	"unicode/utf8"
)

// Key is what the key of an entry says. Its strings may share the memory of the
// text it was parsed from.
type Key struct {
	Family, Sample string
	// Names and Values are the labels, in the order of the text.
	Names, Values []string
	Help          string
}

// errKey says that a text is not a key. Where and why does not help anyone: a
// key is written by a program and damaged by accident.
var errKey = errors.New("pyfile: " + reasonKey)

// Parse reads the text of a key into k, whose slices it reuses: the JSON array
// [family, sample, {labels}, help], in which every name and value is a string.
// Half of a surrogate pair becomes U+FFFD. On an error k is undefined.
func (k *Key) Parse(text string) error {
	if !utf8.ValidString(text) {
		return errKey
	}
	p := parser{rest: text, ok: true}
	p.symbol('[')
	k.Family = p.text()
	p.symbol(',')
	k.Sample = p.text()
	p.symbol(',')
	k.Names, k.Values = p.object(k.Names[:0], k.Values[:0])
	p.symbol(',')
	k.Help = p.text()
	p.symbol(']')
	p.space()
	if !p.ok || p.rest != "" {
		return errKey
	}
	return nil
}

// parser reads JSON from the front of rest. After the first mistake it is not ok
// and reads nothing more.
type parser struct {
	rest string
	ok   bool
}

func (p *parser) fail() {
	p.ok, p.rest = false, ""
}

func (p *parser) space() {
	for p.rest != "" && strings.IndexByte(" \t\n\r", p.rest[0]) >= 0 {
		p.rest = p.rest[1:]
	}
}

// next skips space and reports whether c comes next.
func (p *parser) next(c byte) bool {
	p.space()
	return p.rest != "" && p.rest[0] == c
}

func (p *parser) symbol(c byte) {
	if !p.next(c) {
		p.fail()
		return
	}
	p.rest = p.rest[1:]
}

// object reads an object whose values are strings.
func (p *parser) object(names, values []string) ([]string, []string) {
	p.symbol('{')
	if p.next('}') {
		p.symbol('}')
		return names, values
	}
	for p.ok {
		names = append(names, p.text())
		p.symbol(':')
		values = append(values, p.text())
		if !p.next(',') {
			break
		}
		p.symbol(',')
	}
	p.symbol('}')
	return names, values
}

// text reads a string.
func (p *parser) text() string {
	p.symbol('"')
	for i := 0; i < len(p.rest); i++ {
		switch c := p.rest[i]; {
		case c == '"':
			text := p.rest[:i]
			p.rest = p.rest[i+1:]
			return text
		case c == '\\':
			return p.escaped(i)
		case c < ' ':
			p.fail()
		}
	}
	p.fail()
	return ""
}

// escaped reads the rest of a string of which the first plain bytes have no
// escapes.
func (p *parser) escaped(plain int) string {
	text := make([]byte, 0, plain+64)
	for {
		text = append(text, p.rest[:plain]...)
		p.rest = p.rest[plain:]
		switch {
		case p.rest == "" || p.rest[0] < ' ':
			p.fail()
			return ""
		case p.rest[0] == '"':
			p.rest = p.rest[1:]
			return string(text)
		case p.rest[0] == '\\':
			text = utf8.AppendRune(text, p.escape())
			plain = 0
		default:
			plain = 1
		}
	}
}

// escapes gives what each character after a backslash stands for.
var escapes = [256]rune{'"': '"', '\\': '\\', '/': '/', 'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t'}
