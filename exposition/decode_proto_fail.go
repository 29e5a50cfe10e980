package exposition

import (
	"fmt"
	"strconv"
)

// outside is a position that is in no field.
const outside = -1

// fail makes an error about the current field.
func (s *protoScanner) fail(format string, args ...any) {
	s.failAt(s.start, nil, format, args...)
}

// failAt makes an error about the field that begins at the position, unless there
// is one.
func (s *protoScanner) failAt(at int, err error, format string, args ...any) {
	if s.err != nil {
		return
	}
	s.err = &DecodeError{
		Offset: s.base + int64(max(at, 0)),
		Family: s.family,
		Field:  protoPath(s.message, at),
		Reason: fmt.Sprintf(format, args...),
		Err:    err,
	}
	s.at, s.end = 0, 0 // there is nothing more to read
}

// protoPath returns the way to the field of a family that begins at the position,
// or to the innermost one around it, such as metric[2].histogram.schema. That it
// is found in the message afterwards spares decoding all steps on the way. What
// comes before the position must be well formed.
func protoPath(message string, at int) string {
	var path []byte
	fields, end := protoFamily, len(message)
	for pos := 0; fields != nil; {
		f, index, bytes := findField(fields, message, pos, end, at)
		if f == nil {
			break
		}
		path = f.appendStep(path, index)
		fields, pos, end = f.message, bytes.body, bytes.end
	}
	return string(path)
}

// findField returns the field that the position is in, where it is, and its index
// if it is a list; or nil when the definition does not have the field.
func findField(fields protoMessage, message string, pos, end, at int) (f *protoField, index int, bytes fieldBytes) {
	var counts [histogramExemplars + 1]int
	for pos <= at && pos < end {
		bytes = cutField(message, pos, end)
		known := bytes.number < uint64(len(fields)) && fields[bytes.number].name != ""
		if known {
			f = &fields[bytes.number]
			index = counts[bytes.number]
			counts[bytes.number] += f.elements(bytes.wire, message[bytes.body:bytes.end])
		}
		if at >= bytes.end {
			pos = bytes.end
			continue
		}
		if !known {
			return nil, 0, bytes
		}
		if at > bytes.body && bytes.wire != f.wire {
			index += f.elements(bytes.wire, message[bytes.body:at])
		}
		return f, index, bytes
	}
	return nil, 0, bytes
}

// appendStep appends the name of the field, and if it is a list the index.
func (f *protoField) appendStep(path []byte, index int) []byte {
	if len(path) > 0 {
		path = append(path, '.')
	}
	path = append(path, f.name...)
	if f.list {
		path = append(path, '[')
		path = strconv.AppendInt(path, int64(index), 10)
		path = append(path, ']')
	}
	return path
}

// elements returns how many elements of a list a field has: one, unless its bytes
// are packed numbers.
func (f *protoField) elements(wire int, body string) (n int) {
	switch {
	case wire == f.wire:
		return 1
	case f.wire == wireFixed64:
		return len(body) / 8
	}
	for i := range len(body) {
		if body[i] < 0x80 {
			n++
		}
	}
	return n
}

// fieldBytes says where a field is: its value begins at body, and the next field
// at end.
type fieldBytes struct {
	number    uint64
	wire      int
	body, end int
}

// cutField finds the field that begins at a position. Where it is malformed, it
// is all that is left.
func cutField(message string, pos, end int) fieldBytes {
	rest := message[pos:end]
	malformed := fieldBytes{body: end, end: end}
	tag, n := cutVarint(rest)
	if n <= 0 {
		return malformed
	}
	f := fieldBytes{number: tag >> 3, wire: int(tag & 7), body: pos + n, end: end}
	value, length := cutVarint(rest[n:])
	left := uint64(end - f.body)
	switch f.wire {
	case wireVarint:
		if length > 0 {
			f.end = f.body + length
		}
	case wireFixed64:
		f.end = f.body + int(min(8, left))
	case wireFixed32:
		f.end = f.body + int(min(4, left))
	case wireBytes:
		if length <= 0 {
			break
		}
		f.body += length
		f.end = f.body + int(min(value, left-uint64(length)))
	}
	return f
}
