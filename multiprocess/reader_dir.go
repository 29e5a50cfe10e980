package multiprocess

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"polymeter.dev/internal/damage"
	"polymeter.dev/internal/mapped"
	"polymeter.dev/internal/pmfile"
	"polymeter.dev/internal/pyfile"
)

// The ends of the names of files that are looked at.
const (
	pythonExtension = ".db"
	nativeExtension = ".pm"
)

// problem is something that was found wrong in a directory.
type problem struct {
	path   string
	reason string
	err    error
}

// Errors of files that are left out.
var (
	errForeign = errors.New("name is not that of a metrics file")
	errBoot    = errors.New("written before the last reboot")
)

const reasonUnreadable = "cannot be read"

// listing is what was found in one directory.
type listing struct {
	sources  []source
	problems []problem
	// archives are the inodes of archives by name, as they were opened; the
	// zero inode for one that is not there.
	archives map[string]inode
	absorbed map[string]bool // names of files that archives have taken in
	// ended are process files of which the process has ended, by identity;
	// false for the living. created is when they were made.
	ended   map[pmfile.ID]bool
	created map[pmfile.ID]int64
}

func newListing() *listing {
	return &listing{
		archives: make(map[string]inode), absorbed: make(map[string]bool),
		ended: make(map[pmfile.ID]bool), created: make(map[pmfile.ID]int64),
	}
}

// order puts what the dead left before the living, and the files of processes in
// an order that every reader agrees on.
func (l *listing) order() {
	slices.SortStableFunc(l.sources, func(a, b source) int {
		x, y := rankOf(a), rankOf(b)
		return cmp.Or(
			cmp.Compare(x.kind, y.kind), cmp.Compare(x.since, y.since), bytes.Compare(x.id[:], y.id[:]),
			cmp.Compare(x.role, y.role), strings.Compare(x.name, y.name),
		)
	})
}

type rank struct {
	kind  int
	since int64
	id    pmfile.ID
	role  pmfile.Role
	name  string
}

func rankOf(s source) rank {
	switch f := s.(type) {
	case *file:
		return rank{kind: 1, name: f.path}
	case *nativeFile:
		if f.role == pmfile.RoleArchive {
			return rank{name: f.path}
		}
		return rank{2, f.since, f.header.ID, f.role, f.path}
	}
	return rank{kind: 3}
}

// listDir lists a directory, again and again until no archive was replaced
// meanwhile: a file that vanished is in the archive that was opened then, or was
// removed by somebody else. If that does not come to an end, the files of the
// last listing, which are still open, are read once more.
func (r *reader) listDir(ctx context.Context, dir string) error {
	const attempts = 50
	for range attempts {
		l := newListing()
		steady, err := r.listOnce(ctx, dir, l)
		if errors.Is(err, fs.ErrNotExist) {
			delete(r.listings, dir)
			return nil
		}
		if ctx.Err() != nil {
			return nil
		}
		if steady || err != nil {
			r.listings[dir] = l
			r.commit(l)
			return err
		}
	}
	if last := r.listings[dir]; last != nil {
		r.commit(last)
		return nil
	}
	return fmt.Errorf("directory %q: its archive is being replaced all the time", dir)
}

// listOnce lists the directory, and reports whether all archives stayed the same
// from before its names were read until after all files were opened.
func (r *reader) listOnce(ctx context.Context, dir string, l *listing) (bool, error) {
	folder, err := mapped.OpenFolder(r.kernel, dir)
	if err != nil {
		return false, err
	}
	defer folder.Close()
	for _, name := range archiveNames() {
		path := filepath.Join(dir, name)
		if err := r.openArchive(l, folder, path, name); err != nil && !errors.Is(err, fs.ErrNotExist) {
			l.note(path, err)
		}
	}
	names, failed := folder.Names()
	slices.SortFunc(names, compareNames)
	for _, name := range names {
		if ctx.Err() != nil {
			return false, nil
		}
		if !mayBeMetrics(name) || l.absorbed[name] {
			continue
		}
		if _, isArchive := l.archives[name]; isArchive || l.willOpen(name) {
			continue
		}
		r.lookIn(l, folder, dir, name)
	}
	for id := range l.ended {
		if name := pmfile.FileName(pmfile.RolePublication, id); !l.absorbed[name] {
			r.lookIn(l, folder, dir, name)
		}
	}
	return l.steady(folder), failed
}

// willOpen reports whether the name is that of a publication that is opened for
// its process's sake: as it is replaced by renaming, its name may be missing in
// a directory that is read at that moment.
func (l *listing) willOpen(name string) bool {
	role, id, ok := pmfile.ParseName(name)
	_, known := l.ended[id]
	return ok && role == pmfile.RolePublication && known
}

// lookIn is look at a name in the directory. That it has just vanished is not
// worth mentioning.
func (r *reader) lookIn(l *listing, folder *mapped.Folder, dir, name string) {
	path := filepath.Join(dir, name)
	if err := r.look(l, folder, path, name); !errors.Is(err, fs.ErrNotExist) {
		l.note(path, err)
	}
}

// archiveNames are the names of all archives that there may be.
var archiveNames = sync.OnceValue(func() []string { return append(pythonArchives(), pmfile.ArchiveName) })

func mayBeMetrics(name string) bool {
	return !strings.HasPrefix(name, ".") && (strings.HasSuffix(name, pythonExtension) || strings.HasSuffix(name, nativeExtension))
}

// compareNames puts process files before publications: whether a process has
// ended must be known before its publication is opened, as it may publish once
// more at its end.
func compareNames(a, b string) int {
	aPublished, bPublished := strings.HasPrefix(a, "p-"), strings.HasPrefix(b, "p-")
	return cmp.Or(compareBools(aPublished, bPublished), strings.Compare(a, b))
}

// steady reports whether the archives are those that were opened.
func (l *listing) steady(folder *mapped.Folder) bool {
	for name, opened := range l.archives {
		if now, err := inodeNamed(folder, name); err != nil || now != opened {
			return false
		}
	}
	return true
}

// inodeNamed returns that of whatever has the name, be it a file or not, or the
// zero inode.
func inodeNamed(folder *mapped.Folder, name string) (inode, error) {
	info, err := folder.Info(name)
	if errors.Is(err, fs.ErrNotExist) {
		return inode{}, nil
	}
	return inodeOf(info), err
}

// openArchive opens an archive by its name, and takes note of what is in it. One
// that cannot be opened stays the same as long as its name belongs to it.
func (r *reader) openArchive(l *listing, folder *mapped.Folder, path, name string) (err error) {
	if l.archives[name], err = inodeNamed(folder, name); err != nil {
		return err
	}
	if name == pmfile.ArchiveName {
		f, err := r.openNative(l, folder, path, name)
		if f == nil {
			return err
		}
		l.archives[name] = inodeOf(f.view.Info())
		if err == nil {
			l.addArchive(f)
		}
		return err
	}
	parsed, _ := pyfile.ParseName(name)
	f, err := r.open(l, folder, name, parsed)
	if f == nil {
		return err
	}
	f.path = path
	l.archives[name] = inodeOf(f.info)
	f.readAppendix()
	l.absorb(f.appendix.Absorbed)
	l.sources = append(l.sources, f)
	return err
}

func (l *listing) addArchive(f *nativeFile) {
	l.absorb(f.absorbed())
	l.sources = append(l.sources, f)
}

func (l *listing) absorb(names []string) {
	for _, name := range names {
		l.absorbed[name] = true
	}
}

// look brings one file up to date with its name, size and bytes in use. One that
// was seen already, under another name, is not looked at again.
func (r *reader) look(l *listing, folder *mapped.Folder, path, base string) error {
	if name, ok := pyfile.ParseName(base); ok {
		f, err := r.open(l, folder, base, name)
		if err != nil {
			return fmt.Errorf("file %q: %w", path, err)
		}
		if f != nil {
			f.path = path
			l.sources = append(l.sources, f)
		}
		return nil
	}
	if _, _, ok := pmfile.ParseName(base); !ok {
		return fmt.Errorf("file %q: %w", path, errForeign)
	}
	f, err := r.openNative(l, folder, path, base)
	if err != nil {
		var damaged *damage.Error
		if errors.As(err, &damaged) {
			return err
		}
		return fmt.Errorf("file %q: %w", path, err)
	}
	l.sources = append(l.sources, f)
	return nil
}

// note records an error of look.
func (l *listing) note(path string, err error) {
	reason := reasonUnreadable
	var damaged *damage.Error
	switch {
	case err == nil:
		return
	case errors.Is(err, errForeign):
		reason = errForeign.Error()
	case errors.Is(err, errBoot):
		reason = errBoot.Error()
	case errors.Is(err, mapped.ErrNotRegular):
		reason = mapped.ErrNotRegular.Error()
	case errors.As(err, &damaged):
		reason = damaged.Reason
	}
	l.problems = append(l.problems, problem{path, reason, err})
}

// open returns the file with the name, mapped as far as it is in use, or nil if
// it was seen already. The number of bytes in use is read after the size was
// asked for, so a file that grows at that moment is looked at again.
func (r *reader) open(l *listing, folder *mapped.Folder, base string, name pyfile.Name) (*file, error) {
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
		if r.seen[inodeOf(info)] || l.has(inodeOf(info)) {
			return nil, nil
		}
		f = r.known[inodeOf(info)]
		if f != nil && f.name == name && f.covers(info) {
			f.info = info
		} else if f, err = r.mapFile(l, folder, base, name); f == nil {
			return nil, err
		}
		if f.measure(); int64(f.used) <= f.info.Size {
			break
		}
	}
	return f, nil
}

// has reports whether the Python file was listed already, under another name.
func (l *listing) has(id inode) bool {
	return slices.ContainsFunc(l.sources, func(s source) bool {
		f, ok := s.(*file)
		return ok && inodeOf(f.info) == id
	})
}

// mapFile maps a file, be it new or one that has grown; it returns nil if the
// name turns out to be another one of a file that was seen already.
func (r *reader) mapFile(l *listing, folder *mapped.Folder, base string, name pyfile.Name) (*file, error) {
	view, err := folder.View(base)
	if err != nil {
		return nil, err
	}
	id := inodeOf(view.Info())
	if r.seen[id] || l.has(id) {
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
