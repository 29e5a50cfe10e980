package textfile

import (
	"bytes"
	"context"
	"errors"
	"io"
	"path/filepath"
	"time"

	"polymeter.dev/exposition"
	"polymeter.dev/metric"
)

// Accumulate collects and adds what was collected to the file at the path, so that jobs
// count from run to run. A nil o means the defaults. Call it once for what a process has
// counted: what it collects is added each time.
//
// Counters, histograms and summaries are added series by series; of a histogram the
// buckets stay that both sides have, and quantiles are the new ones. Families of other types
// are replaced as a whole by those of the same name, since the file does not say what
// became of their series. What is in the file and not collected stays.
//
// Either all of it is added, or nothing, and the error says why: also when a family
// or a collector is lost. A file that is not a valid page, or has a family of another
// type, is left alone.
//
// Any number of processes may accumulate in one file; they take turns by a lock on a file
// beside it, the name of which begins with a dot and ends in .lock, and which stays. A
// process that is killed has added all or nothing. [Write] takes no turns, so that it is
// not for a file that is accumulated in. On systems without locks for files, Accumulate is
// an error.
func Accumulate(ctx context.Context, path string, c metric.Collector, o *Options) error {
	f, err := newFile(path, c, o)
	if err != nil {
		return err
	}
	var collected bytes.Buffer
	p := &page{file: f}
	p.fill(ctx, &collected)
	if err := p.verdict(ctx); err != nil {
		return errors.Join(err, errors.Join(p.lost...))
	}
	if len(p.lost) > 0 {
		return f.errorf("nothing was added: %w", errors.Join(p.lost...))
	}
	added, err := readFamilies(newDecoder(&collected))
	if err != nil {
		return f.errorf("nothing was added: %w", err)
	}
	unlock, err := f.lock(ctx)
	if err != nil {
		return f.errorf("nothing was added: %w", err)
	}
	defer unlock()
	total, err := f.read()
	if err != nil {
		return f.errorf("nothing was added: what is in the file cannot be read: %w", err)
	}
	if err := total.add(added, p.gauges); err != nil {
		return f.errorf("nothing was added: %w", err)
	}
	return f.replace(func(w io.Writer) error { return f.encode(w, total) })
}

// encode writes families, all of them.
func (f *file) encode(w io.Writer, families *families) error {
	e := exposition.NewEncoder(w, f.options.format(), nil)
	var errs []error
	for _, family := range families.list {
		if err := e.Encode(family); err != nil {
			errs = append(errs, err)
		}
	}
	if err := errors.Join(append(errs, e.Close())...); err != nil {
		return f.errorf("nothing was added: %w", err)
	}
	return nil
}

// read returns the families in the file. None are in one that is not there.
func (f *file) read() (*families, error) {
	opened, err := f.open()
	if err != nil || opened == nil {
		return new(families), err
	}
	defer opened.Close()
	return readFamilies(newDecoder(opened))
}

// lock waits for the turn to change the file.
func (f *file) lock(ctx context.Context) (unlock func(), err error) {
	const pause = 5 * time.Millisecond
	lock, err := openLock(filepath.Join(filepath.Dir(f.path), f.prefix()+"lock"))
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeoutCause(ctx, f.options.Timeout, errors.New("another process has the file locked for too long"))
	defer cancel()
	for !claim(lock) {
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			lock.Close()
			return nil, context.Cause(ctx)
		}
	}
	return func() { lock.Close() }, nil
}
