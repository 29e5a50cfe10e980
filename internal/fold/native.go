package fold

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"os"
	"slices"

	"polymeter.dev/internal/mapped"
	"polymeter.dev/internal/pmfile"
)

// native is the part of a pass that is about native files.
type native struct {
	*pass
	archive *archive // nil when there is none
	totals  *totals
	// absorbed are files that the archive has, but whose names could not be
	// removed.
	absorbed []string
	folded   []candidate
}

// archive is the archive that was loaded. It stays open, so that another file
// cannot look like it.
type archive struct {
	*file
	generation uint64
	damaged    error
	// lost says that no record of a damaged archive can be read.
	lost bool
}

// candidate is a file that may be folded.
type candidate struct {
	name   string
	status mapped.Status
	header pmfile.Header
	// since is when the process file was made, which is not when a publication
	// was.
	since int64
}

func (p *pass) foldNative(names []string) error {
	n := &native{pass: p, totals: newTotals(p.now, p.Retention)}
	names = nativeNames(names)
	if len(names) == 0 {
		return nil
	}
	err := n.load()
	if errors.Is(err, ErrOtherUser) {
		n.skip(pmfile.ArchiveName, err)
		_, err = n.find(names) // what is of an earlier boot can go all the same
		return err
	}
	if err != nil {
		return err
	}
	err = n.fold(names)
	if n.archive != nil {
		err = errors.Join(err, n.archive.close())
	}
	return err
}

// nativeNames returns the names of native files, those of processes before those
// of publications.
func nativeNames(names []string) []string {
	var found []string
	for _, role := range []pmfile.Role{pmfile.RoleArchive, pmfile.RoleProcess, pmfile.RolePublication} {
		for _, name := range names {
			if r, _, ok := pmfile.ParseName(name); ok && r == role {
				found = append(found, name)
			}
		}
	}
	return found
}

func (n *native) fold(names []string) error {
	if n.archive != nil {
		names = n.finish(names)
	}
	found, err := n.find(names)
	if err != nil {
		return err
	}
	for _, c := range found {
		if err := n.cancelled(); err != nil {
			return err
		}
		n.take(c)
	}
	n.totals.prune()
	damaged := n.archive != nil && n.archive.damaged != nil
	if len(n.folded) == 0 && !n.totals.expired && !damaged {
		return nil
	}
	if err := n.replace(); err != nil {
		return err
	}
	for _, c := range n.folded {
		n.remove(c.name, c.status)
		n.result.Native++
	}
	return nil
}

// remove removes a file that is not needed any more, and reports whether it did.
func (p *pass) remove(name string, status mapped.Status) bool {
	if err := p.dir.unlink(name); err != nil {
		p.skip(name, err)
		return false
	}
	p.result.Bytes += status.Size
	return true
}

// finish removes what the archive has absorbed, as the pass that wrote it would
// have done, and returns the other names.
func (n *native) finish(names []string) []string {
	listed := make(map[string]bool, len(n.absorbed))
	for _, name := range n.absorbed {
		listed[name] = name != pmfile.ArchiveName
	}
	n.absorbed = nil
	return slices.DeleteFunc(names, func(name string) bool {
		if !listed[name] {
			return false
		}
		if err := n.dir.unlink(name); err != nil {
			n.skip(name, err)
			n.absorbed = append(n.absorbed, name)
		}
		return true
	})
}

// find returns the files that can be folded, in the order in which readers take
// them, and removes those of an earlier boot.
func (n *native) find(names []string) ([]candidate, error) {
	states := map[pmfile.ID]state{}
	created := map[pmfile.ID]int64{}
	var found []candidate
	for _, name := range names {
		if err := n.cancelled(); err != nil {
			return nil, err
		}
		role, id, _ := pmfile.ParseName(name)
		if role == pmfile.RoleArchive {
			continue
		}
		// A publication is final once its process has ended, which has to be
		// known before it is opened.
		if role == pmfile.RolePublication && n.writerLives(states, id) {
			continue
		}
		state, c := n.consider(name)
		if role == pmfile.RoleProcess {
			states[id] = state
		}
		switch {
		case state == earlier:
			if n.remove(name, c.status) {
				n.result.Discarded++
			}
		case c != nil && state == ended:
			c.since = c.header.Created
			if at, known := created[id]; known {
				c.since = at
			} else if role == pmfile.RoleProcess {
				created[id] = c.since
			}
			found = append(found, *c)
		}
	}
	slices.SortStableFunc(found, compareCandidates)
	return found, nil
}

func compareCandidates(a, b candidate) int {
	return cmp.Or(
		cmp.Compare(a.since, b.since),
		bytes.Compare(a.header.ID[:], b.header.ID[:]),
		cmp.Compare(a.header.Role, b.header.Role),
	)
}

// writerLives reports whether the process that a publication belongs to may still
// be alive. One whose file is gone has ended, and its file was folded.
func (n *native) writerLives(states map[pmfile.ID]state, id pmfile.ID) bool {
	if state, known := states[id]; known {
		return state == living
	}
	_, err := n.dir.kernel.Lookup(n.dir.fd, pmfile.FileName(pmfile.RoleProcess, id))
	return !isGone(err)
}

// consider looks at a file. There is a candidate if the file can be folded or
// discarded.
func (n *native) consider(name string) (state, *candidate) {
	f, err := n.dir.open(name)
	if err != nil {
		n.skip(name, err)
		return living, nil
	}
	defer f.close()
	state, header, err := n.examine(f)
	if err == nil && state == ended {
		err = n.ours(f)
	}
	if err != nil {
		n.skip(name, err)
		return state, nil
	}
	return state, &candidate{name: name, status: f.status, header: header}
}

// take adds a file to the totals if all of it can be read.
func (n *native) take(c candidate) {
	content, err := n.readAgain(c)
	if err != nil {
		n.skip(c.name, err)
		return
	}
	n.totals.add(content, source{identifier: c.header.Identifier})
	n.folded = append(n.folded, c)
}

func (n *native) readAgain(c candidate) (*content, error) {
	f, err := n.dir.open(c.name)
	if err != nil {
		return nil, err
	}
	defer f.close()
	if !f.status.SameFile(c.status) {
		return nil, fmt.Errorf("fold: %q: %w", c.name, errMoved)
	}
	content, err := f.content()
	if err != nil {
		return nil, err
	}
	if content.damage != nil {
		content.damage.Path = c.name
		return nil, content.damage
	}
	return content, nil
}

// content reads a native file as far as it is in use.
func (f *file) content() (*content, error) {
	size := f.status.Size
	if size >= pmfile.FirstRecord {
		beginning, err := f.read(pmfile.FirstRecord)
		if err != nil {
			return nil, err
		}
		if used, damage := pmfile.Used((&content{data: beginning}).word(pmfile.UsedAt)); damage == nil {
			size = min(size, int64(used))
		}
	}
	data, err := f.read(size)
	if err != nil {
		return nil, err
	}
	return parse(data, false), nil
}

// replace writes the next archive and puts it in the place of the present one.
func (n *native) replace() error {
	header := &pmfile.Header{
		Role:    pmfile.RoleArchive,
		ID:      pmfile.NewID(),
		Boot:    n.boot,
		Created: n.now.UnixNano(),
		PID:     uint64(os.Getpid()),
	}
	var before *file
	var aside *SetAsideError
	if n.archive != nil {
		header.Generation = n.archive.generation + 1
		before = n.archive.file
		if n.archive.damaged != nil {
			aside = n.setAside(before, n.archive.damaged)
			if aside.Name == "" && n.archive.lost {
				return aside.Err // nothing at all would be left of it
			}
		}
	}
	absorbed := slices.Clone(n.absorbed)
	for _, c := range n.folded {
		absorbed = append(absorbed, c.name)
	}
	data, err := n.totals.encode(header, absorbed)
	if err != nil {
		return fmt.Errorf("fold: %w", err)
	}
	err = n.dir.commit(pmfile.ArchiveName, before, data, n.mode(before), n.present)
	if err == nil && aside != nil {
		n.wasSetAside(before.name, aside)
	}
	return err
}

// mode returns the permissions of the next archive.
func (n *native) mode(before *file) permissions {
	if before == nil && len(n.folded) > 0 {
		return n.modeLike(&n.folded[0].status)
	}
	return n.modeLike(before.statusOrNil())
}

// present returns an error unless all files that are folded are still there. If
// somebody removes them at this moment, what they counted is meant to be gone.
func (n *native) present() error {
	for _, c := range n.folded {
		if err := n.dir.stillNamed(c.name, c.status); err != nil {
			return err
		}
	}
	return nil
}

// SetAsideError is why an archive is among the problems of a pass that was damaged
// and does not stay as it is: what could be read of it has taken its place.
type SetAsideError struct {
	// Name is the name that the damaged file has now, or "" if it could not be
	// kept.
	Name string
	// Err says what was damaged, and why the file could not be kept.
	Err error
}

func (e *SetAsideError) Error() string {
	if e.Name == "" {
		return fmt.Sprintf("fold: replaced a damaged archive: %v", e.Err)
	}
	return fmt.Sprintf("fold: replaced a damaged archive, which is %q now: %v", e.Name, e.Err)
}

func (e *SetAsideError) Unwrap() error { return e.Err }

// setAside keeps a damaged archive for people to look at, and returns what there
// is to say once the next one has taken its place.
func (p *pass) setAside(f *file, damaged error) *SetAsideError {
	if err := p.dir.setAside(f); err != nil {
		return &SetAsideError{Err: errors.Join(damaged, err)}
	}
	return &SetAsideError{asideName(f), damaged}
}

// asideName is the name that [directory.setAside] gives.
func asideName(f *file) string { return fmt.Sprintf("%s.damaged-%x", f.name, f.status.Inode) }

// wasSetAside changes what was noted when the archive was found to be damaged.
func (p *pass) wasSetAside(name string, aside *SetAsideError) {
	for i := range p.result.Skipped {
		if problem := &p.result.Skipped[i]; problem.Name == name {
			problem.Err = aside
		}
	}
}
