package metrichttp

import (
	"fmt"
	"io"
	"sync"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// The content codings beside identity.
const (
	gzipEncoding = "gzip"
	zstdEncoding = "zstd"
)

// compressor is what the encoders of all codings have in common.
type compressor interface {
	io.WriteCloser
	Reset(io.Writer)
}

var gzipPool, zstdPool sync.Pool

// compressTo returns a writer that compresses to w, and a function that puts it
// back for later use once it is closed or given up. Identity writes to w
// itself.
func compressTo(w io.Writer, encoding string) (compressed io.WriteCloser, release func(), err error) {
	pool, create := &gzipPool, newGzip
	switch encoding {
	case gzipEncoding:
	case zstdEncoding:
		pool, create = &zstdPool, newZstd
	default:
		return nopCloser{w}, func() {}, nil
	}
	c, ok := pool.Get().(compressor)
	if !ok {
		if c, err = create(); err != nil {
			return nil, nil, fmt.Errorf("metrichttp: %s: %w", encoding, err)
		}
	}
	c.Reset(w)
	return c, func() { c.Reset(nil); pool.Put(c) }, nil
}

func newGzip() (compressor, error) {
	return gzip.NewWriterLevel(nil, gzip.BestSpeed)
}

// newZstd returns an encoder that works in the caller's goroutine and has none
// of its own. Pages repeat themselves from line to line, so that a window larger
// than the processor's cache costs time and gains nothing.
func newZstd() (compressor, error) {
	return zstd.NewWriter(nil,
		zstd.WithEncoderLevel(zstd.SpeedFastest),
		zstd.WithEncoderConcurrency(1),
		zstd.WithWindowSize(256<<10))
}

type nopCloser struct{ io.Writer }

func (nopCloser) Close() error { return nil }
