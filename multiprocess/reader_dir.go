package multiprocess

import (
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

// listDir lists a directory, again and again until no archive was replaced
// meanwhile: a file that vanished is in the archive that was opened then, or was
// removed by somebody else. If that does not come to an end, or something is not
// to be had that counted before, the files of the last listing, which are still
// open, are read once more. They are so as a whole: with parts of a newer one,
// what an archive has taken in could count twice, or not at all.
func (r *reader) listDir(ctx context.Context, dir string) error {
	const attempts = 50
	last := r.listings[dir]
	for range attempts {
		l := newListing()
		steady, err := r.listOnce(ctx, dir, l)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			delete(r.listings, dir)
			return nil
		case ctx.Err() != nil:
			return nil
		case err != nil && last == nil:
			r.commit(l) // not to be kept: it may be a part of what is there
			return err
		case err != nil:
			r.commit(last)
			return err
		case l.lacks(last):
			again := *last
			again.problems = l.problems
			r.commit(&again)
			return nil
		case steady:
			r.listings[dir] = l
			r.commit(l)
			return nil
		}
	}
	if last != nil {
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
		l.leaveOut(folder, path, name, r.openArchive(l, folder, path, name))
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

// lookIn is look at a name in the directory.
func (r *reader) lookIn(l *listing, folder *mapped.Folder, dir, name string) {
	path := filepath.Join(dir, name)
	l.leaveOut(folder, path, name, r.look(l, folder, path, name))
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
	if f != nil && f.name == name {
		f.view.Close()
	} else {
		r.rename(f)
		f = &file{name: name, layout: r.keys.of(name.Type).layout}
		r.known[id] = f
	}
	f.view, f.info = view, view.Info()
	return f, nil
}

// rename makes room for the same file under a name that says something else about
// it. The last listing may still want to read it as it was.
func (r *reader) rename(f *file) {
	if f != nil {
		r.renamed = append(r.renamed, f)
	}
}
