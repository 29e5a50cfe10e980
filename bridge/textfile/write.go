package textfile

import (
	"context"
	"errors"
	"io"

	"polymeter.dev/metric"
)

// Write collects and replaces the file at the path, which must end in .prom, by what was
// collected. A nil o means the defaults. Several processes may write the same file: the
// last one wins.
//
// Families that cannot be collected or written are in the error, and the others are
// written, unless there are none. The file stays as it is when a sample has a timestamp,
// when there is no space, and after any other error.
//
// The new page is written beside the file, under a name that begins with a dot and is of
// no interest to the node exporter, is read back, and put in place by renaming. What a
// process that was killed has left there, the next removes, on systems with locks for
// files.
func Write(ctx context.Context, path string, c metric.Collector, o *Options) error {
	f, err := newFile(path, c, o)
	if err != nil {
		return err
	}
	p := &page{file: f}
	written := f.replace(func(w io.Writer) error {
		p.fill(ctx, w)
		return p.verdict(ctx)
	})
	return errors.Join(written, errors.Join(p.lost...))
}
