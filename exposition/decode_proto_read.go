package exposition

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"polymeter.dev/metric"
)

// nextMessage reads the next message, and reports whether there is one. Memory
// is taken as bytes come in, whatever length they claim to have.
func (d *ProtobufDecoder) nextMessage() bool {
	d.family, d.help, d.unit, d.typ = "", "", "", metric.TypeCounter
	d.message, d.base = "", d.offset
	length, ok := d.messageLength()
	if !ok {
		return false
	}
	d.base = d.offset
	d.buf = d.buf[:0]
	for len(d.buf) < length {
		const least = 4 << 10
		read := len(d.buf)
		chunk := min(length-read, max(read, least))
		d.buf = slices.Grow(d.buf, chunk)[:read+chunk]
		n, err := io.ReadFull(d.reader, d.buf[read:])
		d.offset += int64(n)
		if err != nil {
			d.cutShort(err, fmt.Sprintf("the page ends %d bytes into a message of %d", read+n, length))
			return false
		}
	}
	// Of a string, names and values can be parts.
	d.message = string(d.buf)
	return true
}

// messageLength reads the varint in front of a message, and reports false at the
// end of the page and after an error.
func (d *ProtobufDecoder) messageLength() (length int, ok bool) {
	var value uint64
	for shift := 0; ; shift += 7 {
		c, err := d.reader.ReadByte()
		if err == io.EOF && shift == 0 {
			d.err = io.EOF
			return 0, false
		}
		if err != nil {
			d.cutShort(err, "the page ends inside the length of a message")
			return 0, false
		}
		d.offset++
		if shift == 63 && c > 1 {
			d.failAt(outside, nil, "the length of the message has more than 64 bits")
			return 0, false
		}
		value |= uint64(c&0x7f) << shift
		if c < 0x80 {
			break
		}
	}
	if value > uint64(d.limit) {
		d.failAt(outside, ErrTooLarge, "the message has %d bytes, more than %d", value, d.limit)
		return 0, false
	}
	return int(value), true
}

// cutShort ends the page with an error of the reader.
func (d *ProtobufDecoder) cutShort(err error, reason string) {
	if !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		d.err = fmt.Errorf("exposition: byte %d: %w", d.offset, err)
		return
	}
	d.base = d.offset
	d.failAt(outside, io.ErrUnexpectedEOF, "%s", reason)
}

// describe reads what the message says of all metrics, and counts these.
func (d *ProtobufDecoder) describe() {
	samples := 0
	c := d.enterMessage()
	for d.next(&c) {
		switch d.field {
		case familyName: // strings that are kept must not keep the message
			d.family = strings.Clone(d.string())
		case familyHelp:
			d.help = strings.Clone(d.string())
		case familyUnit:
			d.unit = strings.Clone(d.string())
		case familyType:
			d.typ = d.readType()
		case familyMetric:
			if samples++; samples > d.maxSamples {
				d.failAt(d.start, ErrTooLarge, "the family has more than %d samples", d.maxSamples)
			}
			d.skip()
		}
	}
	if d.family == "" {
		d.failAt(outside, nil, "the family has no name")
	}
}

// readType reads the type of the family. When it is left out, that of counters
// is meant: its number is 0.
func (d *ProtobufDecoder) readType() metric.Type {
	number := d.varint()
	for t, p := range protoTypes[:metric.TypeInfo] {
		if number == uint64(p.enum) {
			return metric.Type(t)
		}
	}
	d.fail("there is no type %d", int64(number))
	return metric.TypeUnknown
}
