package pyfile

import (
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

const hexDigits = 4

// escape reads a backslash and what belongs to it.
func (p *parser) escape() rune {
	if len(p.rest) < 2 {
		p.fail()
		return utf8.RuneError
	}
	c := p.rest[1]
	if c == 'u' {
		return p.unicode()
	}
	if escapes[c] == 0 {
		p.fail()
		return utf8.RuneError
	}
	p.rest = p.rest[2:]
	return escapes[c]
}

// unicode reads \uXXXX, or two of them that are one surrogate pair.
func (p *parser) unicode() rune {
	first := p.codeUnit()
	if !utf16.IsSurrogate(first) || !strings.HasPrefix(p.rest, `\u`) {
		return first // AppendRune makes U+FFFD of half a pair
	}
	behind := *p
	second := behind.codeUnit()
	pair := utf16.DecodeRune(first, second)
	if pair != utf8.RuneError || !behind.ok {
		*p = behind
	}
	return pair
}

// codeUnit reads \uXXXX.
func (p *parser) codeUnit() rune {
	if len(p.rest) < 2+hexDigits {
		p.fail()
		return utf8.RuneError
	}
	var unit rune
	for _, c := range []byte(p.rest[2 : 2+hexDigits]) {
		digit := strings.IndexByte("0123456789abcdef", c|0x20)
		if digit < 0 || c < '0' {
			p.fail()
			return utf8.RuneError
		}
		unit = unit<<4 | rune(digit)
	}
	p.rest = p.rest[2+hexDigits:]
	return unit
}
