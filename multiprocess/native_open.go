package multiprocess

import (
	"errors"
	"fmt"
	"io/fs"

	"polymeter.dev/internal/damage"
	"polymeter.dev/internal/mapped"
	"polymeter.dev/internal/pmfile"
)

// openNative returns the native file with the name, be it known already or not,
// and finds out whether its process has ended. A file of another boot is an
// error: what it counted began before Prometheus last saw everything begin anew.
func (r *reader) openNative(l *listing, folder *mapped.Folder, path, name string) (*nativeFile, error) {
	role, id, _ := pmfile.ParseName(name)
	// Whether a publication is the last one has to be known before it is opened.
	ended := role == pmfile.RolePublication && l.hasEnded(folder, id)
	f, err := r.mapNative(folder, path, name, role)
	if err != nil {
		return nil, err
	}
	if f.header.ID != id && role != pmfile.RoleArchive || f.header.Role != role {
		return f, fmt.Errorf("its header is that of %q: %w", pmfile.FileName(f.header.Role, f.header.ID), errForeign)
	}
	dead := f.dead
	f.since = f.header.Created
	switch role {
	case pmfile.RoleProcess:
		dead = dead || f.hasEnded()
		l.ended[id], l.created[id] = dead, f.since
	case pmfile.RolePublication:
		dead = ended
		if at, known := l.created[id]; known {
			f.since = at
		}
	case pmfile.RoleArchive:
		dead = true
	}
	if dead != f.dead {
		f.dead, r.stale = dead, true
		f.settled = f.settled && dead // or its successor would count beside it
	}
	if r.otherBoot(f.header.Boot) && (role != pmfile.RoleProcess || dead) {
		return f, errBoot
	}
	return f, nil
}

// otherBoot reports whether a file is of another boot. Zero is that of a process
// that could not know, be it the writer or this one: such a file counts.
func (r *reader) otherBoot(boot [16]byte) bool {
	unknown := [16]byte{}
	if r.boot == unknown {
		r.boot = mapped.Boot() // it may have failed before for the moment only
	}
	return boot != r.boot && boot != unknown && r.boot != unknown
}

// mapNative returns a file that is known, or opens it. The name of a process
// file is never used again; others may stand for another file by now.
func (r *reader) mapNative(folder *mapped.Folder, path, name string, role pmfile.Role) (*nativeFile, error) {
	known := r.natives[path]
	if known != nil && role != pmfile.RoleProcess {
		info, err := folder.Info(name)
		if err != nil {
			return nil, err
		}
		if inodeOf(info) != inodeOf(known.view.Info()) {
			known = nil
		}
	}
	if known != nil {
		return known, nil
	}
	view, err := folder.Open(name)
	if err != nil {
		return nil, err
	}
	f := &nativeFile{path: path, role: role, view: view}
	if err := f.readHeader(); err != nil {
		return nil, errors.Join(err, view.Close())
	}
	r.replace(path, f)
	return f, nil
}

// replace makes f the file with the path. What had it before is still read from
// if the listing is not at rest, and is closed when it is.
func (r *reader) replace(path string, f *nativeFile) {
	if old := r.natives[path]; old != nil {
		r.retired = append(r.retired, old)
		if f.role == pmfile.RolePublication {
			f.before = old.planned()
		}
	}
	r.natives[path] = f
}

func (f *nativeFile) readHeader() error {
	var damaged *damage.Error
	f.guard(func() { f.header, damaged = pmfile.DecodeHeader(f.view.Bytes()) })
	if f.damage != nil {
		return f.damage
	}
	if damaged != nil {
		damaged.Path = f.path
		return damaged
	}
	return nil
}

// hasEnded reports whether the process has: nobody holds the lock, nor has the
// file open for writing, as far as that can be told; a lock that was taken in
// the upper directory of an overlay is not to be seen from outside.
func (f *nativeFile) hasEnded() bool {
	locked, err := f.view.Locked()
	if err != nil || locked {
		return false
	}
	return !errors.Is(f.view.Unwritten(), mapped.ErrInUse)
}

// hasEnded reports whether a process has, which is that of a publication. If its
// file was not seen, it may be just so young that it came after the names were
// read; only one whose file is gone has ended.
func (l *listing) hasEnded(folder *mapped.Folder, id pmfile.ID) bool {
	if ended, known := l.ended[id]; known {
		return ended
	}
	_, err := folder.Info(pmfile.FileName(pmfile.RoleProcess, id))
	return errors.Is(err, fs.ErrNotExist)
}

// absorbed returns the names of the files that an archive has taken in.
func (f *nativeFile) absorbed() []string {
	if f.names != nil {
		return *f.names
	}
	names := []string{}
	f.guard(func() {
		f.measure()
		walker := pmfile.NewWalker(f.view.Bytes(), f.used, pmfile.FirstRecord, false)
		for {
			record, ok := walker.Next()
			if !ok {
				return
			}
			if record.Kind != pmfile.KindAbsorbed {
				continue
			}
			if more, ok := pmfile.ParseAbsorbed(record.Payload); ok {
				names = append(names, more...)
			}
		}
	})
	f.names = &names
	return names
}
