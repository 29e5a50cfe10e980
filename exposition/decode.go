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
)

// DecodeOptions bound the memory that a page may take up. The zero value is the
// default; so is a nil *DecodeOptions.
type DecodeOptions struct {
	// MaxLineBytes bounds the length of a line, which in JSON is a whole
	// family. The default, 0, is DefaultMaxLineBytes.
	MaxLineBytes int
	// MaxSamples bounds the number of samples of one family. The default, 0,
	// is DefaultMaxSamples.
	MaxSamples int
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
	// Line and Column are counted from 1, columns in bytes.
	Line, Column int
	// Field is the path of the offending field, such as "samples[2].value",
	// in formats that have fields; else "".
	Field string
	// Reason says what is wrong, without position or field.
	Reason string
	// Err is ErrTooLarge, io.ErrUnexpectedEOF, or nil.
	Err error
}

// Error names the place, the field and the reason.
func (e *DecodeError) Error() string {
	return fmt.Sprintf("exposition: line %d, column %d: %s", e.Line, e.Column, e.Problem())
}

// Problem returns the field and the reason, for messages that show the place in
// a way of their own.
func (e *DecodeError) Problem() string {
	if e.Field == "" {
		return e.Reason
	}
	return e.Field + ": " + e.Reason
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
