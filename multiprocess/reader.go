package multiprocess

import (
	"cmp"
	"context"
	"errors"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"polymeter.dev/internal/mapped"
)

// inode identifies a file for as long as it is mapped.
type inode struct{ device, number uint64 }

func inodeOf(info mapped.Info) inode { return inode{info.Device, info.Inode} }

// reader finds files and keeps what is known about them.
type reader struct {
	kernel mapped.Kernel
	boot   [16]byte
	keys   keyTable
	native nativeTable
	// known are Python files, natives others by path: their names, but for the
	// archive's and those of publications, are never used again.
	known   map[inode]*file
	natives map[string]*nativeFile
	retired []*nativeFile // whose name stands for another file by now
	renamed []*file       // which are known under another name by now
	// listings are those of the directories as they were last found at rest.
	listings map[string]*listing

	sources []source // in the order in which they count
	files   []*file
	shared  []*nativeFile
	// stale says that files, or what they list, are not what they were.
	stale    bool
	problems []problem
	seen     map[inode]bool
}

func newReader(kernel mapped.Kernel) *reader {
	return &reader{
		kernel: kernel, boot: mapped.Boot(),
		known: make(map[inode]*file), natives: make(map[string]*nativeFile),
		listings: make(map[string]*listing), seen: make(map[inode]bool),
	}
}

// list brings files up to date with the directories. A directory that does not
// exist is empty. It returns the first error of a directory that cannot be
// listed; what the others hold is there nevertheless.
func (r *reader) list(ctx context.Context, dirs []string) error {
	before, problems := r.sources, r.problems
	r.begin()
	var failed error
	for _, dir := range dirs {
		failed = cmp.Or(failed, r.listDir(ctx, dir))
	}
	if ctx.Err() != nil {
		r.sources, r.problems = before, problems
		return context.Cause(ctx)
	}
	r.end(before)
	return failed
}

// listPaths brings files up to date with the named files, and those in the named
// directories, in their order.
func (r *reader) listPaths(ctx context.Context, paths []string) error {
	before := r.sources
	r.begin()
	var failed error
	for _, path := range paths {
		folder, err := mapped.OpenFolder(r.kernel, path)
		if err == nil {
			failed = errors.Join(failed, folder.Close(), r.listDir(ctx, path))
			continue
		}
		l := newListing()
		r.listFile(l, path)
		r.commit(l)
	}
	r.end(before)
	return failed
}

// listFile looks at a single file, wherever it is.
func (r *reader) listFile(l *listing, path string) {
	dir, name := filepath.Split(path)
	folder, err := mapped.OpenFolder(r.kernel, filepath.Clean(dir))
	if err != nil {
		l.note(path, err)
		return
	}
	defer folder.Close()
	l.note(path, r.look(l, folder, path, name))
}

func (r *reader) begin() {
	r.sources = make([]source, 0, len(r.sources)+8)
	r.files, r.shared, r.problems = nil, nil, nil
	clear(r.seen)
}

// commit makes the files of a listing, which found them at rest, those that are
// read.
func (r *reader) commit(l *listing) {
	r.problems = append(r.problems, l.problems...)
	l.order()
	for _, s := range l.sources {
		switch f := s.(type) {
		case *file:
			if r.seen[inodeOf(f.info)] {
				continue
			}
			r.seen[inodeOf(f.info)] = true
			r.files = append(r.files, f)
		case *nativeFile:
			if r.seen[inodeOf(f.view.Info())] {
				continue
			}
			r.seen[inodeOf(f.view.Info())] = true
			r.shared = append(r.shared, f)
		}
		r.sources = append(r.sources, s)
	}
}

// end forgets files that are gone.
func (r *reader) end(before []source) {
	for id, f := range r.known {
		if !r.seen[id] {
			f.view.Close()
			delete(r.known, id)
		}
	}
	for path, f := range r.natives {
		if !r.seen[inodeOf(f.view.Info())] {
			f.close()
			delete(r.natives, path)
		}
	}
	r.retired = slices.DeleteFunc(r.retired, func(f *nativeFile) bool {
		gone := !r.seen[inodeOf(f.view.Info())]
		if gone {
			f.close()
		}
		return gone
	})
	r.renamed = slices.DeleteFunc(r.renamed, func(f *file) bool {
		gone := !slices.Contains(r.files, f)
		if gone {
			f.view.Close()
		}
		return gone
	})
	if !sameSources(before, r.sources) {
		r.stale = true
	}
}

// read checks all files and takes in what is new in them.
func (r *reader) read(ctx context.Context) error {
	now := time.Now()
	for _, f := range r.files {
		if f.record.len() == 0 && r.keys.of(f.name.Type).last.len() == 0 {
			r.take(f, now) // the others may be like it
		}
	}
	r.check()
	for _, f := range r.files {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		r.take(f, now)
	}
	for _, f := range r.shared {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		changed := f.walk(&r.native)
		if f.before != nil {
			changed = !f.succeed()
		}
		r.stale = r.stale || changed
	}
	return nil
}

// take takes in what is new in a file.
func (r *reader) take(f *file, now time.Time) {
	if f.walk(&r.keys, now) {
		r.stale = true
	}
}

// check checks all files, on all processors: they have nothing to do with each
// other.
func (r *reader) check() {
	var next atomic.Int64
	var workers sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), len(r.sources)) {
		workers.Go(func() {
			for {
				i := int(next.Add(1)) - 1
				if i >= len(r.sources) {
					return
				}
				switch f := r.sources[i].(type) {
				case *file:
					f.check(&r.keys)
				case *nativeFile:
					f.check()
				}
			}
		})
	}
	workers.Wait()
}

// close unmaps everything.
func (r *reader) close() {
	for _, f := range r.known {
		f.view.Close()
	}
	for _, f := range r.natives {
		f.close()
	}
	for _, f := range r.retired {
		f.close()
	}
	for _, f := range r.renamed {
		f.view.Close()
	}
	r.known, r.natives, r.sources, r.files, r.shared = nil, nil, nil, nil, nil
}
