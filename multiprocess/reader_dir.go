package multiprocess

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"polymeter.dev/internal/mapped"
	"polymeter.dev/internal/pyfile"
)

// extension ends the names of the files that are looked at.
const extension = ".db"

// inode identifies a file for as long as it is mapped.
type inode struct{ device, number uint64 }

func inodeOf(info mapped.Info) inode { return inode{info.Device, info.Inode} }

// problem is something that was found wrong in a directory.
type problem struct {
	path   string
	reason string
	err    error
}

// errForeign means that a file is not meant for this package.
var errForeign = errors.New("name is not that of a metrics file")

const reasonUnreadable = "cannot be read"

// reader finds files and keeps what is known about them.
type reader struct {
	keys  keyTable
	known map[inode]*file
	files []*file // in the order of the directories, then of their names
	// stale says that files, or what they list, are not what they were.
	stale    bool
	problems []problem
	seen     map[inode]bool
}

// list brings files up to date with the directories. A directory that does not
// exist is empty. It returns the first error of a directory that cannot be
// listed; what the others hold is there nevertheless.
func (r *reader) list(ctx context.Context, dirs []string) error {
	before := r.begin()
	var failed error
	for _, dir := range dirs {
		failed = cmp.Or(failed, r.listDir(ctx, dir))
	}
	if ctx.Err() != nil {
		r.files = before
		return context.Cause(ctx)
	}
	r.end(before)
	return failed
}

// listFiles brings files up to date with the named files, in their order.
func (r *reader) listFiles(paths []string) {
	before := r.begin()
	for _, path := range paths {
		dir, name := filepath.Split(path)
		folder, err := mapped.OpenFolder(filepath.Clean(dir))
		if err != nil {
			r.note(path, err)
			continue
		}
		r.note(path, r.look(folder, path, name))
		folder.Close()
	}
	r.end(before)
}

func (r *reader) begin() (before []*file) {
	if r.known == nil {
		r.known, r.seen = make(map[inode]*file), make(map[inode]bool)
	}
	before = r.files
	r.files = make([]*file, 0, len(before)+8)
	r.problems = r.problems[:0]
	clear(r.seen)
	return before
}

// end forgets files that are gone.
func (r *reader) end(before []*file) {
	for id, f := range r.known {
		if !r.seen[id] {
			f.view.Close()
			delete(r.known, id)
		}
	}
	if !slices.Equal(before, r.files) {
		r.stale = true
	}
}

func (r *reader) listDir(ctx context.Context, dir string) error {
	folder, err := mapped.OpenFolder(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer folder.Close()
	names, err := folder.Names()
	slices.Sort(names)
	for _, name := range names {
		if ctx.Err() != nil {
			return nil
		}
		if strings.HasSuffix(name, extension) && !strings.HasPrefix(name, ".") {
			path := filepath.Join(dir, name)
			if err := r.look(folder, path, name); !errors.Is(err, fs.ErrNotExist) { // it has just vanished
				r.note(path, err)
			}
		}
	}
	return err
}

// look brings one file up to date with its name, size and bytes in use. One that
// was seen already, under another name, is not looked at again.
func (r *reader) look(folder *mapped.Folder, path, base string) error {
	name, ok := pyfile.ParseName(base)
	if !ok {
		return fmt.Errorf("file %q: %w", path, errForeign)
	}
	f, err := r.open(folder, base, name)
	if err != nil {
		return fmt.Errorf("file %q: %w", path, err)
	}
	if f == nil {
		return nil
	}
	r.seen[inodeOf(f.info)] = true
	f.path = path
	r.files = append(r.files, f)
	return nil
}

// note records an error of look.
func (r *reader) note(path string, err error) {
	reason := reasonUnreadable
	switch {
	case err == nil:
		return
	case errors.Is(err, errForeign):
		reason = errForeign.Error()
	case errors.Is(err, mapped.ErrNotRegular):
		reason = mapped.ErrNotRegular.Error()
	}
	r.problems = append(r.problems, problem{path, reason, err})
}

// open returns the file with the name, mapped as far as it is in use, or nil if
// it was seen already. The number of bytes in use is read after the size was
// asked for, so a file that grows at that moment is looked at again.
func (r *reader) open(folder *mapped.Folder, base string, name pyfile.Name) (*file, error) {
	const attempts = 4
	var f *file
	for range attempts {
		info, err := folder.Info(base)
		if err != nil {
			return nil, err
		}
		if !info.Regular {
			return nil, mapped.ErrNotRegular
		}
		if r.seen[inodeOf(info)] {
			return nil, nil
		}
		f = r.known[inodeOf(info)]
		if f != nil && f.name == name && f.covers(info) {
			f.info = info
		} else if f, err = r.mapFile(folder, base, name); f == nil {
			return nil, err
		}
		if f.measure(); int64(f.used) <= f.info.Size {
			break
		}
	}
	return f, nil
}

// mapFile maps a file, be it new or one that has grown; it returns nil if the
// name turns out to be another one of a file that was seen already.
func (r *reader) mapFile(folder *mapped.Folder, base string, name pyfile.Name) (*file, error) {
	view, err := folder.View(base)
	if err != nil {
		return nil, err
	}
	id := inodeOf(view.Info())
	if r.seen[id] {
		return nil, view.Close()
	}
	f := r.known[id]
	if f != nil {
		f.view.Close()
	}
	if f == nil || f.name != name {
		f = &file{name: name, layout: r.keys.of(name.Type).layout}
		r.known[id] = f
	}
	f.view, f.info = view, view.Info()
	return f, nil
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
	for range min(runtime.GOMAXPROCS(0), len(r.files)) {
		workers.Go(func() {
			for {
				i := int(next.Add(1)) - 1
				if i >= len(r.files) {
					return
				}
				r.files[i].check(&r.keys)
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
	r.known, r.files = nil, nil
}
