package fold

import (
	"errors"
	"fmt"
	"io/fs"

	"polymeter.dev/internal/damage"
	"polymeter.dev/internal/mapped"
	"polymeter.dev/internal/pmfile"
)

func isGone(err error) bool { return errors.Is(err, fs.ErrNotExist) }

// load loads the archive, if there is one. An archive that must not be replaced
// is an error.
func (n *native) load() error {
	f, err := n.dir.open(pmfile.ArchiveName)
	if isGone(err) {
		return nil
	}
	if err != nil {
		return err
	}
	keep, err := n.loadFrom(f)
	if !keep {
		return errors.Join(err, f.close())
	}
	return nil
}

// loadFrom takes over what an archive has, and reports whether it did.
func (n *native) loadFrom(f *file) (keep bool, err error) {
	if err := n.ownArchive(f); err != nil {
		return false, err
	}
	header, err := f.header()
	var damaged *damage.Error
	switch {
	case errors.As(err, &damaged) && damaged.Reason != pmfile.ReasonVersion || errors.Is(err, ErrForeign):
		n.damaged(f, err)
		n.archive.lost = true
		return true, nil
	case err != nil:
		return false, err
	case header.Boot != n.boot && !unknownBoot(header):
		return false, n.discard(f)
	}
	content, err := f.content()
	if err != nil {
		return false, err
	}
	if content.damage != nil {
		content.damage.Path = f.name
		n.damaged(f, content.damage)
		content = parse(content.data, true)
		n.archive.lost = len(content.series) == 0
	} else {
		n.archive = &archive{file: f}
	}
	n.archive.generation = header.Generation
	n.absorbed = content.absorbed
	n.totals.add(content, source{archive: true})
	return true, nil
}

// ownArchive returns an error if an archive belongs to another user. There is
// only one of a kind: whoever made it folds, and what processes of other users
// leave stays as it is.
func (p *pass) ownArchive(f *file) error {
	if f.status.Owner != p.user {
		return fmt.Errorf("fold: nothing of this user's can be folded into %q, which %w", f.name, ErrOtherUser)
	}
	return nil
}

// damaged notes that the archive is damaged. It is replaced by one with what can
// be read of it.
func (n *native) damaged(f *file, err error) {
	n.archive = &archive{file: f, damaged: err}
	n.skip(f.name, err)
	n.Logger.Warn("fold: archive is damaged, some of what ended processes counted is lost",
		"file", f.name, "reason", err)
}

// discard removes an archive of an earlier boot.
func (n *native) discard(f *file) error {
	err := n.Kernel.Lease(f.fd)
	if errors.Is(err, mapped.ErrInUse) {
		return fmt.Errorf("fold: %q: %w", f.name, err)
	}
	if err != nil {
		return fmt.Errorf("fold: %q is of another boot: %w", f.name, err)
	}
	if n.remove(f.name, f.status) {
		n.result.Discarded++
	}
	return nil
}
