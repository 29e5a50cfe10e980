package fold

import (
	"errors"
	"fmt"
	"slices"

	"polymeter.dev/internal/mapped"
	"polymeter.dev/internal/pyfile"
)

// maxHeld is how many files of one kind are folded at once: each stays open, with
// a lease on it, until it is gone.
const maxHeld = 256

// python is the part of a pass that is about the Python client's files of one
// kind: those whose names begin alike, which are merged in the same way.
//
// Their writers take no lock, may open a name at any moment, and go on with a
// file that they find. So the file of a process that has ended first gets a name
// that no writer opens, and loses the one that writers know; and only when it
// was left alone for some time since, and still nobody has it open, it is final.
type python struct {
	*pass
	kind pyfile.Name // without an identifier
	// public are the files as their writers know them. The others are sealed;
	// those that are not final yet go on to waiting.
	public, sealed, waiting []string
	archive                 *pythonArchive // nil when there is none
	absorbed                []string       // as in native
	// linked are public files that have a sealed name as well.
	linked []linked
	held   []*held
}

// foldPython folds the files of one kind after the other.
func (p *pass) foldPython(names []string) error {
	var failed error
	for _, files := range p.kinds(names) {
		if err := p.cancelled(); err != nil {
			return errors.Join(failed, err)
		}
		if files.kind.HasArchive() {
			failed = errors.Join(failed, files.fold())
		} else if files.kind.Mode.Live() {
			files.dropLive()
		}
	}
	return failed
}

// kinds sorts names by what is in the files.
func (p *pass) kinds(names []string) []*python {
	var kinds []*python
	for _, file := range names {
		name, ok := pyfile.ParseName(file)
		if !ok || name.ID == pyfile.ArchiveID {
			continue
		}
		name.ID = ""
		i := slices.IndexFunc(kinds, func(k *python) bool { return k.kind == name })
		if i < 0 {
			i = len(kinds)
			kinds = append(kinds, &python{pass: p, kind: name})
		}
		if pyfile.IsSealed(file) {
			kinds[i].sealed = append(kinds[i].sealed, file)
		} else {
			kinds[i].public = append(kinds[i].public, file)
		}
	}
	return kinds
}

func (y *python) fold() error {
	err := y.load()
	if errors.Is(err, ErrOtherUser) {
		y.skip(y.kind.Archive().String(), err)
		return nil
	}
	if err == nil {
		y.finish()
		y.link()
		err = y.foldSealed()
	}
	if y.archive != nil {
		err = errors.Join(err, y.archive.close())
	}
	return err
}

// foldSealed folds sealed files, so many at a time as can be held. The first
// time it also takes the public names away from what is sealed now.
func (y *python) foldSealed() error {
	for {
		if err := y.cancelled(); err != nil {
			return err
		}
		y.hold()
		damaged := y.archive != nil && y.archive.damaged != nil
		if len(y.held) == 0 && len(y.linked) == 0 && !damaged {
			return nil
		}
		more, err := y.foldHeld()
		y.letGo()
		if err != nil || !more {
			return err
		}
	}
}

// foldHeld writes an archive with what is held, and then removes that. It reports
// whether there may be more to do.
func (y *python) foldHeld() (more bool, err error) {
	totals := y.sum()
	if !y.changed() {
		return len(y.sealed) > 0, nil
	}
	if err := y.replace(totals); err != nil {
		return false, err
	}
	y.unlinkPublic()
	for _, h := range y.held {
		if !h.absorbed {
			continue
		}
		if !y.remove(h.name, h.status) {
			y.absorbed = append(y.absorbed, h.name)
		}
		y.result.Python++
	}
	if len(y.sealed) == 0 {
		return false, nil
	}
	return true, y.reload()
}

// changed reports whether the next archive would be any other than the present
// one: it is not when none of the files that are held can go into it.
func (y *python) changed() bool {
	return len(y.linked) > 0 || y.archive != nil && y.archive.damaged != nil ||
		slices.ContainsFunc(y.held, func(h *held) bool { return h.absorbed })
}

// unlinkPublic takes the public names away from files that have a sealed one. A
// name that means another file by now is not touched.
func (y *python) unlinkPublic() {
	for _, l := range y.linked {
		same, err := y.dir.named(l.public, l.status)
		if err == nil && same {
			err = y.dir.unlink(l.public)
		}
		y.skip(l.public, err)
	}
	y.linked = nil
}

// replace writes the next archive and puts it in the place of the present one,
// also when nothing but its generation changes: readers that see it change look
// at the directory again, and so miss neither of two names that come and go.
func (y *python) replace(t *pythonTotals) error {
	appendix := &pyfile.Appendix{Boot: y.boot, Created: y.now.UnixNano()}
	var before *file
	var aside *SetAsideError
	if y.archive != nil {
		appendix.Generation = y.archive.Generation + 1
		before = y.archive.file
		if y.archive.damaged != nil {
			aside = y.setAside(before, y.archive.damaged)
			if aside.Name == "" && len(y.archive.Rows) == 0 {
				return aside.Err // nothing at all would be left of it
			}
		}
	}
	appendix.Absorbed = slices.Clone(y.absorbed)
	for _, h := range y.held {
		if h.absorbed {
			appendix.Absorbed = append(appendix.Absorbed, h.name)
		}
	}
	name := y.kind.Archive().String()
	data, err := pyfile.AppendArchive(nil, t.layout, t.entries(), appendix)
	if err != nil {
		return fmt.Errorf("fold: archive %q: %w", name, err)
	}
	err = y.dir.commit(name, before, data, y.mode(before), y.final)
	if err == nil && aside != nil {
		y.wasSetAside(before.name, aside)
	}
	return err
}

// mode returns the permissions of the next archive.
func (y *python) mode(before *file) permissions {
	switch {
	case before == nil && len(y.held) > 0:
		return y.modeLike(&y.held[0].status)
	case before == nil && len(y.linked) > 0:
		return y.modeLike(&y.linked[0].status)
	}
	return y.modeLike(before.statusOrNil())
}

// final returns an error if any file that is folded may be in use, or is gone.
func (y *python) final() error {
	for _, h := range y.held {
		if !h.absorbed {
			continue
		}
		if err := y.dir.stillNamed(h.name, h.status); err != nil {
			return err
		}
		if err := y.untouched(h); err != nil {
			return fmt.Errorf("fold: %q: %w", h.name, err)
		}
	}
	return nil
}

// untouched returns an error unless nobody has tried to open the file for writing
// while it was held.
func (y *python) untouched(h *held) error {
	if !h.leased {
		return y.vouched(h.name)
	}
	leased, err := y.Kernel.Leased(h.fd)
	if err == nil && !leased {
		err = mapped.ErrInUse
	}
	return err
}
