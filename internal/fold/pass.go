package fold

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"polymeter.dev/internal/mapped"
)

// pass is one pass over a directory.
type pass struct {
	Options
	ctx    context.Context
	dir    *directory
	now    time.Time
	user   uint32
	boot   [16]byte
	result Result
}

// Run folds what can be folded in the directory now. A directory that does not
// exist has nothing to fold. The result tells what was done also when there is
// an error, which says why something that should have been folded was not: the
// disk is full, for example. What is wrong with a single file is no error but in
// the result. Whatever happens, all counts are where they were or in an archive.
func Run(ctx context.Context, dir string, o *Options) (Result, error) {
	p := &pass{Options: o.complete(), ctx: ctx, user: user(), boot: mapped.Boot()}
	begun := time.Now()
	p.now = p.Now()
	err := p.run(dir)
	p.result.Duration = time.Since(begun)
	return p.result, err
}

func (p *pass) run(path string) error {
	fd, err := p.Kernel.Directory(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("fold: open directory %q: %w", path, err)
	}
	p.dir = &directory{p.Kernel, fd}
	err = p.runLocked()
	return errors.Join(err, p.dir.close())
}

// runLocked does what needs the lock of the directory, which lasts until the
// directory is closed. It is the directory itself that is locked, so that nobody
// can remove the lock, and a pass that is overtaken by the removal of the whole
// directory only ever reaches the one that was removed.
func (p *pass) runLocked() error {
	err := p.Kernel.LockDirectory(p.dir.fd)
	if errors.Is(err, mapped.ErrInUse) {
		p.result.Busy = true
		return nil
	}
	if err != nil {
		return fmt.Errorf("fold: lock the directory: %w", err)
	}
	trusted, err := p.Kernel.Trusted(p.dir.fd)
	if err != nil {
		return fmt.Errorf("fold: look at the file system: %w", err)
	}
	if !trusted || p.boot == [16]byte{} {
		p.result.Untrusted = true
		return nil
	}
	names, err := p.dir.names()
	if err != nil {
		return err
	}
	p.tidy(names)
	return errors.Join(p.foldNative(names), p.foldPython(names))
}

// cancelled returns an error when the pass should end.
func (p *pass) cancelled() error {
	if p.ctx.Err() != nil {
		return fmt.Errorf("fold: %w", context.Cause(p.ctx))
	}
	return nil
}

// skip notes that a file is left as it is. One that has just vanished is not
// worth mentioning.
func (p *pass) skip(name string, err error) {
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		p.result.Skipped = append(p.result.Skipped, Problem{name, err})
	}
}

// ours reports why a file is not to be folded by this process, or nil.
func (p *pass) ours(f *file) error {
	switch {
	case f.status.Owner != p.user:
		return ErrOtherUser
	case f.status.Links > 1:
		return ErrLinked
	}
	return nil
}
