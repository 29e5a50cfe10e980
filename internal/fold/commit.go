package fold

import (
	"errors"
	"fmt"
	"io/fs"

	"polymeter.dev/internal/mapped"
	"polymeter.dev/internal/pmfile"
)

// defaultFileMode are the permissions of an archive that nothing tells about.
const defaultFileMode = 0o600

// errMoved means that somebody else changed the directory during the pass, who
// does not ask for its lock: a person who wipes it, for example.
var errMoved = errors.New("the directory changed meanwhile")

// commit makes data the archive with the name. before must be the archive that
// was loaded, or nil if there was none: if the name means another file by now,
// or check finds something wrong at the last moment, nothing changes.
//
// Nothing is synchronised to a disk: processes share the pages whether or not
// they are there, and after a power cut the directory starts over.
func (d *directory) commit(name string, before *file, data []byte, who permissions, check func() error) error {
	if err := d.write(data, who); err != nil {
		return errors.Join(err, d.unlink(pmfile.NextName))
	}
	err := d.unchanged(name, before)
	if err == nil {
		err = check()
	}
	if err == nil {
		if err = d.kernel.Rename(d.fd, pmfile.NextName, name); err == nil {
			return nil
		}
	}
	return errors.Join(fmt.Errorf("fold: replace %q: %w", name, err), d.unlink(pmfile.NextName))
}

// write writes the next archive. Its space is reserved first, so that on a full
// disk as little as possible happens.
func (d *directory) write(data []byte, who permissions) error {
	if err := d.unlink(pmfile.NextName); err != nil { // of a pass that was interrupted
		return err
	}
	fd, err := d.kernel.Create(d.fd, pmfile.NextName, uint32(who.mode.Perm()))
	if err != nil {
		return fmt.Errorf("fold: create the next archive: %w", err)
	}
	err = d.share(fd, who.like)
	if err == nil {
		err = mapped.Fill(d.kernel, fd, data)
	}
	if err := errors.Join(err, d.kernel.Close(fd)); err != nil {
		return fmt.Errorf("fold: write the next archive: %w", err)
	}
	return nil
}

// unchanged returns an error unless the name still means the file.
func (d *directory) unchanged(name string, before *file) error {
	if before != nil {
		return d.stillNamed(name, before.status)
	}
	if _, err := d.kernel.Lookup(d.fd, name); !errors.Is(err, fs.ErrNotExist) {
		return errors.Join(errMoved, err)
	}
	return nil
}

// stillNamed returns an error unless the name means the file.
func (d *directory) stillNamed(name string, status mapped.Status) error {
	same, err := d.named(name, status)
	if err == nil && !same {
		err = fmt.Errorf("fold: %q: %w", name, errMoved)
	}
	return err
}

// permissions are those of an archive.
type permissions struct {
	mode fs.FileMode
	// like is a file that the archive shall be like, whatever the umask takes
	// away from the mode; nil when there is none, or the mode was chosen.
	like *mapped.Status
}

// modeLike returns the permissions of an archive that whoever could read the
// archive before, or the first of the files in it, can read as well. Where the
// other files could be read by more people, that is lost.
func (p *pass) modeLike(status *mapped.Status) permissions {
	switch {
	case p.FileMode != 0:
		return permissions{mode: p.FileMode}
	case status != nil:
		return permissions{fs.FileMode(status.Mode), status}
	}
	return permissions{mode: defaultFileMode}
}

// share gives a new file the group and the permissions of another. Only members
// of a group can give files to it; from whoever else folds, no other group gets
// what was meant for that one.
func (d *directory) share(fd int, like *mapped.Status) error {
	if like == nil {
		return nil
	}
	mode := like.Mode
	status, err := d.kernel.Stat(fd)
	if err != nil {
		return err
	}
	if status.Group != like.Group && d.kernel.Chgrp(fd, like.Group) != nil {
		mode &^= 0o070
	}
	return d.kernel.Chmod(fd, mode)
}

// statusOrNil returns nil for no file.
func (f *file) statusOrNil() *mapped.Status {
	if f == nil {
		return nil
	}
	return &f.status
}

// setAside gives a damaged archive a further name, under which nobody reads it
// once the next archive has taken its first one. A file that has that name
// already is not replaced: it is most likely this one, from a pass that was
// interrupted.
func (d *directory) setAside(f *file) error {
	if err := d.kernel.Link(d.fd, f.fd, asideName(f)); err != nil && !errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("fold: set %q aside: %w", f.name, err)
	}
	return nil
}
