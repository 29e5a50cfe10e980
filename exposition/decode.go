package exposition

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"

	"polymeter.dev/metric"
)

// Decoder reads a page family by family, so that only one is in memory.
type Decoder interface {
	// Next returns the next family, which is the caller's, or [io.EOF] after
	// the last one. Any other error ends the page too and is returned again
	// by further calls; what is wrong with the page is a [*DecodeError].
	Next() (metric.Family, error)
}

// The defaults of [DecodeOptions].
const (
	DefaultMaxLineBytes = 16 << 20
	DefaultMaxSamples   = 1_000_000
	DefaultMaxLabels    = 1000
	DefaultMaxFamilies  = 1_000_000
)

// DecodeOptions bound the memory that a page may take up, and say how strictly it is
// read. The zero value is the default; so is a nil *DecodeOptions.
type DecodeOptions struct {
	// MaxLineBytes bounds the length of a line, which in JSON is a whole
	// family, and in the protobuf format that of the message of one. The
	// default, 0, is DefaultMaxLineBytes.
	MaxLineBytes int
	// MaxSamples bounds the number of samples of one family. The default, 0,
	// is DefaultMaxSamples.
	MaxSamples int
	// MaxLabels bounds the number of labels of one series in text. The
	// default, 0, is DefaultMaxLabels.
	MaxLabels int
	// MaxFamilies bounds the number of families of a page of text, whose names
	// are remembered. The default, 0, is DefaultMaxFamilies.
	MaxFamilies int
	// MaxBytes bounds the length of a page; of one that is decompressed as it
	// is read, what that gives. The default, 0, is none.
	MaxBytes int64
	// Lenient is what a [TextDecoder] reads over. The default is nothing.
	Lenient Leniency
}

func (o *DecodeOptions) lenient() Leniency {
	if o == nil {
		return 0
	}
	return o.Lenient
}

func (o *DecodeOptions) maxLabels() int {
	if o == nil || o.MaxLabels <= 0 {
		return DefaultMaxLabels
	}
	return o.MaxLabels
}

func (o *DecodeOptions) maxFamilies() int {
	if o == nil || o.MaxFamilies <= 0 {
		return DefaultMaxFamilies
	}
	return o.MaxFamilies
}

// page returns a reader of a page that is not too long.
func (o *DecodeOptions) page(r io.Reader) io.Reader {
	if o == nil || o.MaxBytes <= 0 {
		return r
	}
	return &boundedReader{reader: r, left: o.MaxBytes, limit: o.MaxBytes}
}

// boundedReader fails where a page exceeds its limit.
type boundedReader struct {
	reader      io.Reader
	left, limit int64
}

func (b *boundedReader) Read(p []byte) (int, error) {
	if int64(len(p)) > b.left+1 {
		p = p[:b.left+1]
	}
	n, err := b.reader.Read(p)
	if int64(n) > b.left {
		return int(b.left), fmt.Errorf("page longer than %d bytes: %w", b.limit, ErrTooLarge)
	}
	b.left -= int64(n)
	return n, err
}

func (o *DecodeOptions) maxLineBytes() int {
	if o == nil || o.MaxLineBytes <= 0 {
		return DefaultMaxLineBytes
	}
	return o.MaxLineBytes
}

func (o *DecodeOptions) maxSamples() int {
	if o == nil || o.MaxSamples <= 0 {
		return DefaultMaxSamples
	}
	return o.MaxSamples
}

// ErrTooLarge is wrapped by the [*DecodeError] for a page that exceeds a limit
// of [DecodeOptions].
var ErrTooLarge = errors.New("exposition: page exceeds a limit")

// DecodeError says where a page cannot be read, and why.
type DecodeError struct {
	// Line and Column are counted from 1, columns in bytes. The protobuf
	// format has no lines: there both are 0.
	Line, Column int
	// Offset is how many bytes of the page come before the offending field,
	// or before the end of a page that is cut short, and Family the name of
	// the family as far as it was read. Both are set in the protobuf format
	// only.
	Offset int64
	Family string
	// Field is the path of the offending field, such as "samples[2].value",
	// in formats that have fields; else "". In the protobuf format it begins
	// in the message of the family.
	Field string
	// Reason says what is wrong, without position or field.
	Reason string
	// Err is ErrTooLarge, io.ErrUnexpectedEOF, or nil.
	Err error
}

// Error names the place, the field and the reason.
func (e *DecodeError) Error() string {
	if e.Line == 0 {
		return fmt.Sprintf("exposition: byte %d: %s", e.Offset, e.Problem())
	}
	return fmt.Sprintf("exposition: line %d, column %d: %s", e.Line, e.Column, e.Problem())
}

// Problem returns the family, the field and the reason, as far as they are set,
// for messages that show the place in a way of their own.
func (e *DecodeError) Problem() string {
	problem := e.Reason
	if e.Field != "" {
		problem = e.Field + ": " + problem
	}
	if e.Family != "" {
		problem = fmt.Sprintf("family %q: %s", e.Family, problem)
	}
	return problem
}

// Unwrap returns Err.
func (e *DecodeError) Unwrap() error { return e.Err }

// Decoded returns a collector of the families that d has yet to return. They
// pass by once: the first Collect gets them all, up to the first error, and
// later ones nothing more. Collections wait for each other.
func Decoded(d Decoder) metric.Collector { return &decoded{decoder: d} }

type decoded struct {
	mu      sync.Mutex
	decoder Decoder
}

// Collect implements [metric.Collector].
func (d *decoded) Collect(ctx context.Context, emit func(metric.Family) error) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	for {
		if err := ctx.Err(); err != nil {
			return context.Cause(ctx)
		}
		family, err := d.decoder.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := emit(family); err != nil {
			return err
		}
	}
}
