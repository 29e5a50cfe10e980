package exposition

import (
	"errors"
	"io"
	"sync"

	"polymeter.dev/metric"
)

const (
	// flushSize is how much may be buffered between two families.
	flushSize = 64 << 10
	// keepSize is the greatest buffer that is kept for later pages.
	keepSize = 32 << 20
)

// Encoder writes metric families to a page in one [Format]. What it writes is
// valid in that format whatever the families hold: one that the format cannot
// say is refused as a whole, and its names stay free for others.
//
// An Encoder buffers, and writes only between families. It must not be used
// concurrently.
type Encoder struct {
	w     io.Writer
	page  *page
	stats Stats // once closed
	err   error // of w
}

// pages keeps the memory of closed encoders, by syntax.
var pages [JSON + 1]sync.Pool

// NewEncoder returns an encoder that writes to w. It must be closed, which ends
// the page and gives its memory back. A nil o means the defaults.
func NewEncoder(w io.Writer, f Format, o *Options) *Encoder {
	if int(f.Syntax) >= len(pages) {
		f.Syntax = Text
	}
	p, ok := pages[f.Syntax].Get().(*page)
	if !ok {
		p = newPage(f.Syntax)
	}
	p.start(f, o)
	return &Encoder{w: w, page: p}
}

// Encode appends a family to the page, whole or not at all. When it is not, the
// error is a [*FamilyError] and encoding can go on; any other error is that of
// the writer, or [ErrClosed], and stays.
//
// Families that do not come from this module's own instruments are checked: names,
// duplicate series, and that samples are those of the type.
func (e *Encoder) Encode(f metric.Family) error {
	if e.page == nil {
		return ErrClosed
	}
	if e.err != nil {
		return e.err
	}
	if err := e.page.encode(f); err != nil {
		return err
	}
	if len(e.page.buf) >= flushSize {
		e.flush()
	}
	return e.err
}

// Close ends the page with the marker that the format asks for, if any, and
// writes what is buffered. It returns the error of the writer, even one that
// was returned before. Closing twice is [ErrClosed].
func (e *Encoder) Close() error {
	if e.page == nil {
		return ErrClosed
	}
	if e.err == nil {
		e.page.buf = append(e.page.buf, e.page.syntax.trailer()...)
		e.flush()
	}
	p := e.page
	e.page, e.stats = nil, p.stats
	p.release()
	if cap(p.buf) <= keepSize {
		pages[p.format.Syntax].Put(p)
	}
	return e.err
}

// Stats returns what was written and left out so far. It may be called after
// Close.
func (e *Encoder) Stats() Stats {
	if e.page == nil {
		return e.stats
	}
	return e.page.stats
}

func (e *Encoder) flush() {
	n, err := e.w.Write(e.page.buf)
	if err == nil && n < len(e.page.buf) {
		err = io.ErrShortWrite
	}
	e.err = err
	e.page.buf = e.page.buf[:0]
}

// isRefusal reports whether err concerns one family only.
func isRefusal(err error) bool {
	var refused *FamilyError
	return errors.As(err, &refused)
}
