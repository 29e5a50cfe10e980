package exposition

import (
	"math"
	"unicode/utf8"
)

// The wire types of protocol buffers that the encoder does not use.
const (
	wireGroup    = 3
	wireGroupEnd = 4
	wireFixed32  = 5
)

// maxFieldNumber is the greatest number of a field.
const maxFieldNumber = 1<<29 - 1

// protoScanner reads the fields of one message after another. After the first
// error it finds no more fields and returns zero values.
type protoScanner struct {
	message string
	base    int64  // where it begins in the page
	family  string // the name in it, once it is known
	at      int    // of the next byte
	end     int    // of the message that is being read, which may be a part

	field, wire int // of the current field
	start       int // where it begins
	err         error
}

// protoCursor walks over the fields of a message, which may be a part of
// another.
type protoCursor struct {
	fields protoMessage
	seen   uint32 // bits of fields that are no lists
	outer  int    // the end of the message around it
}

// enterMessage begins with the first field of the whole message.
func (s *protoScanner) enterMessage() protoCursor {
	if s.err == nil {
		s.at, s.end = 0, len(s.message)
	}
	return protoCursor{fields: protoFamily, outer: s.end}
}

// enter begins with the first field of the message in the current field. All its
// fields must be read, until next reports that there are none.
func (s *protoScanner) enter(fields protoMessage) protoCursor {
	length := s.length()
	c := protoCursor{fields: fields, outer: s.end}
	s.end = s.at + length
	return c
}

// next moves to the next field that is known, and reports whether there is one.
// Its value must be read, or skipped, before the next call.
func (s *protoScanner) next(c *protoCursor) bool {
	for s.err == nil {
		if s.at == s.end {
			s.end = c.outer
			return false
		}
		s.start = s.at
		tag := s.varint()
		number := tag >> 3
		s.wire = int(tag & 7)
		if number >= uint64(len(c.fields)) || c.fields[number].name == "" {
			s.unknown(number)
			continue
		}
		s.field = int(number)
		s.known(c, &c.fields[number])
		return s.err == nil
	}
	return false
}

// known checks that a field is what the definition says.
func (s *protoScanner) known(c *protoCursor, f *protoField) {
	bit := uint32(1) << s.field
	switch {
	case s.wire != f.wire && !(f.list && s.wire == wireBytes): // else it is packed
		s.fail("the field has the wire type %d, not %d", s.wire, f.wire)
	case f.list:
	case c.seen&bit != 0:
		s.fail("the field is there twice")
	default:
		c.seen |= bit
	}
}

// unknown skips a field that the definition does not have.
func (s *protoScanner) unknown(number uint64) {
	switch {
	case number == 0 || number > maxFieldNumber:
		s.fail("no field has the number %d", number)
	case s.wire == wireGroup || s.wire == wireGroupEnd:
		s.fail("field %d is a group", number)
	default:
		s.skip()
	}
}

// skip skips the current field.
func (s *protoScanner) skip() {
	switch s.wire {
	case wireVarint:
		s.varint()
	case wireFixed64:
		s.take(8)
	case wireBytes:
		s.take(s.length())
	case wireFixed32:
		s.take(4)
	default:
		s.fail("there is no wire type %d", s.wire)
	}
}

// take moves n bytes on and returns them.
func (s *protoScanner) take(n int) string {
	if n > s.end-s.at {
		s.fail("the message ends inside the field")
		return ""
	}
	text := s.message[s.at : s.at+n]
	s.at += n
	return text
}

// each calls read for the number in the current field, or for each of those that
// are packed in it.
func (s *protoScanner) each(read func()) {
	if s.wire != wireBytes {
		read()
		return
	}
	length := s.length()
	outer := s.end
	s.end = s.at + length
	for s.err == nil && s.at < s.end {
		s.start = s.at
		read()
	}
	s.end = outer
}

// varint reads a number of variable length.
func (s *protoScanner) varint() uint64 {
	if s.at < s.end && s.message[s.at] < 0x80 { // most have one byte
		v := uint64(s.message[s.at])
		s.at++
		return v
	}
	v, n := cutVarint(s.message[s.at:s.end])
	switch {
	case n == 0:
		s.fail("the message ends inside a number")
	case n < 0:
		s.fail("a number has more than 64 bits")
	default:
		s.at += n
	}
	return v
}

// cutVarint returns the varint that the text begins with and its length, which
// is 0 when the text ends before and -1 when it has more than 64 bits.
func cutVarint(text string) (v uint64, n int) {
	for i := 0; i < len(text); i++ {
		c := text[i]
		if i == 9 && c > 1 {
			return 0, -1
		}
		v |= uint64(c&0x7f) << (7 * i)
		if c < 0x80 {
			return v, i + 1
		}
	}
	return 0, 0
}

// length reads the length of what follows, which is in the message.
func (s *protoScanner) length() int {
	n := s.varint()
	if left := s.end - s.at; n > uint64(left) {
		s.fail("the length is %d, the message has %d bytes left", n, left)
		return 0
	}
	return int(n)
}

// string reads text. It is a part of the message.
func (s *protoScanner) string() string {
	text := s.take(s.length())
	if !utf8.ValidString(text) {
		s.fail("the text is not valid UTF-8")
	}
	return text
}

func (s *protoScanner) double() float64 {
	b := s.take(8)
	if len(b) < 8 {
		return 0
	}
	return math.Float64frombits(uint64(b[0]) | uint64(b[1])<<8 | uint64(b[2])<<16 | uint64(b[3])<<24 |
		uint64(b[4])<<32 | uint64(b[5])<<40 | uint64(b[6])<<48 | uint64(b[7])<<56)
}

// sint64 reads the form in which small negative numbers are short.
func (s *protoScanner) sint64() int64 {
	v := s.varint()
	return int64(v>>1) ^ -int64(v&1)
}

func (s *protoScanner) sint32() int32 {
	v := s.sint64()
	if v != int64(int32(v)) {
		s.fail("%d is out of the range of an int32", v)
	}
	return int32(v)
}

// within reads an integer in the form in which negative ones take ten bytes, and
// checks that it is what it should be.
func (s *protoScanner) within(least, most int64, what string) int64 {
	v := int64(s.varint())
	if v < least || v > most {
		s.fail("%d is no %s", v, what)
	}
	return v
}
