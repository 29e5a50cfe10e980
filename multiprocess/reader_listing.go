package multiprocess

import (
	"bytes"
	"cmp"
	"errors"
	"io/fs"
	"slices"
	"strings"

	"polymeter.dev/internal/damage"
	"polymeter.dev/internal/mapped"
	"polymeter.dev/internal/pmfile"
)

// listing is what was found in one directory.
type listing struct {
	sources  []source
	problems []problem
	missed   []missed
	// archives are the inodes of archives by name, as they were opened; the
	// zero inode for one that is not there.
	archives map[string]inode
	absorbed map[string]bool // names of files that archives have taken in
	// ended are process files of which the process has ended, by identity;
	// false for the living. created is when they were made.
	ended   map[pmfile.ID]bool
	created map[pmfile.ID]int64
}

// missed is something with a name of ours that could not be opened although it
// can be, as far as that can be told: for want of descriptors or memory, most
// likely.
type missed struct {
	path, name string
	id         inode
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

func (l *listing) absorb(names []string) {
	for _, name := range names {
		l.absorbed[name] = true
	}
}

// has reports whether the Python file was listed already, under another name.
func (l *listing) has(id inode) bool {
	return slices.ContainsFunc(l.sources, func(s source) bool {
		f, ok := s.(*file)
		return ok && inodeOf(f.info) == id
	})
}

// willOpen reports whether the name is that of a publication that is opened for
// its process's sake: as it is replaced by renaming, its name may be missing in
// a directory that is read at that moment.
func (l *listing) willOpen(name string) bool {
	role, id, ok := pmfile.ParseName(name)
	_, known := l.ended[id]
	return ok && role == pmfile.RolePublication && known
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

// lacks reports whether something was missed without which totals would fall: a
// file that counts in the last listing, or an archive, which may have taken in any
// of them. What that listing has missed, too, takes nothing away.
func (l *listing) lacks(last *listing) bool {
	return last != nil && slices.ContainsFunc(l.missed, func(m missed) bool {
		if slices.Contains(last.missed, m) {
			return false
		}
		_, isArchive := l.archives[m.name]
		return isArchive || last.counts(m)
	})
}

// counts reports whether the file is among those that are read, be it an earlier
// one of that name.
func (l *listing) counts(m missed) bool {
	return slices.ContainsFunc(l.sources, func(s source) bool {
		switch f := s.(type) {
		case *file:
			return f.path == m.path || inodeOf(f.info) == m.id
		case *nativeFile:
			return f.path == m.path
		}
		return false
	})
}

// leaveOut takes note of a file that could not be looked at. That it has just
// vanished is not worth mentioning.
func (l *listing) leaveOut(folder *mapped.Folder, path, name string, err error) {
	if errors.Is(err, fs.ErrNotExist) {
		return
	}
	if l.note(path, err) == reasonUnreadable && !errors.Is(err, fs.ErrPermission) {
		id, _ := inodeNamed(folder, name)
		l.missed = append(l.missed, missed{path, name, id})
	}
}

// note records an error of look, and returns its reason.
func (l *listing) note(path string, err error) string {
	reason := reasonUnreadable
	var damaged *damage.Error
	switch {
	case err == nil:
		return ""
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
	return reason
}
