package fold

import (
	"errors"
	"slices"
	"time"

	"polymeter.dev/internal/pyfile"
)

// held is a sealed file that is final, and stays so while it is held.
type held struct {
	*file
	leased bool
	rows   []pyfile.Row
	layout pyfile.Layout
	// sure is false when there are no entries to tell the layout by.
	sure bool
	// absorbed says that the file is folded, in the end.
	absorbed bool
}

// hold takes the next sealed files that are final.
func (y *python) hold() {
	for len(y.sealed) > 0 && len(y.held) < maxHeld && y.cancelled() == nil {
		name := y.sealed[0]
		y.sealed = y.sealed[1:]
		f, err := y.dir.open(name)
		if err != nil {
			y.skip(name, err)
			continue
		}
		h := &held{file: f}
		ready, err := y.ready(h)
		y.skipUnlessUsed(name, err)
		if ready && err == nil {
			y.held = append(y.held, h)
			continue
		}
		y.waiting = append(y.waiting, name)
		y.skip(name, f.close())
	}
}

// letGo closes the files and so gives back the leases.
func (y *python) letGo() {
	for _, h := range y.held {
		y.skip(h.name, h.close())
	}
	y.held = nil
}

// ready reports whether a file is final, and reads it.
func (y *python) ready(h *held) (bool, error) {
	if y.isLinked(h.name) || !y.settled(h.file) {
		return false, nil
	}
	if err := y.ours(h.file); err != nil {
		return false, err
	}
	var err error
	if h.leased, err = y.idle(h.file); err != nil {
		return false, err
	}
	data, err := h.inUse()
	if err != nil {
		return false, err
	}
	rows, layout, sure, damage := pyfile.Rows(data)
	if damage != nil {
		damage.Path = h.name
		return false, damage
	}
	h.rows, h.layout, h.sure = rows, layout, sure
	return true, nil
}

// settled reports whether a sealed file was left alone for long enough: whoever
// was about to open it by its public name, when that was taken away, has done so.
func (p *pass) settled(f *file) bool {
	return p.now.Sub(time.Unix(0, f.status.Changed)) >= p.Grace
}

// isLinked reports whether the sealed file still has its public name.
func (y *python) isLinked(sealed string) bool {
	return slices.ContainsFunc(y.linked, func(l linked) bool { return l.sealed == sealed })
}

// dropLive removes gauges of live modes whose processes have ended. There is
// nothing to add, so the public name can be taken by renaming, which is also how
// it is certain whose file that was: others may remove such files at any moment.
func (y *python) dropLive() {
	for _, name := range y.sealed {
		y.skipUnlessUsed(name, y.withFile(name, y.dropSealed))
	}
	for _, name := range y.public {
		y.skipUnlessUsed(name, y.withFile(name, y.seal))
	}
}

func (y *python) withFile(name string, do func(*file) error) error {
	if err := y.cancelled(); err != nil {
		return nil // the pass is going to say so
	}
	f, err := y.dir.open(name)
	if err != nil {
		return err
	}
	return errors.Join(do(f), f.close())
}

func (y *python) dropSealed(f *file) error {
	switch {
	case !y.settled(f):
		return nil
	case f.status.Links > 1:
		return ErrLinked
	}
	if _, err := y.idle(f); err != nil {
		return err
	}
	if y.remove(f.name, f.status) {
		y.result.Python++
	}
	return nil
}

// seal gives a file its sealed name instead of its public one.
func (y *python) seal(f *file) error {
	if f.status.Links > 1 {
		return ErrLinked
	}
	leased, err := y.idle(f)
	if err == nil && leased {
		err = y.Kernel.Release(f.fd)
	}
	if err != nil {
		return err
	}
	name, _ := pyfile.ParseName(f.name)
	sealed := name.Sealed()
	if err := y.Kernel.Publish(y.dir.fd, f.name, sealed); err != nil {
		return err
	}
	same, err := y.dir.named(sealed, f.status)
	if err != nil || same {
		if same {
			y.result.Sealed++
		}
		return err
	}
	// Somebody else made a new file under the name at this very moment. If it
	// cannot have its name back, it keeps the other until its process has ended.
	return y.Kernel.Publish(y.dir.fd, sealed, f.name)
}
