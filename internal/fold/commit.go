package fold

import (
	"errors"
	"fmt"
	"io/fs"

	"polymeter.dev/internal/mapped"
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
func (d *directory) commit(name string, before *file, data []byte, mode fs.FileMode, check func() error) error {
	if err := d.write(data, mode); err != nil {
		return errors.Join(err, d.unlink(nextName))
	}
	err := d.unchanged(name, before)
	if err == nil {
		err = check()
	}
	if err == nil {
		if err = d.kernel.Rename(d.fd, nextName, name); err == nil {
			return nil
		}
	}
	return errors.Join(fmt.Errorf("fold: replace %q: %w", name, err), d.unlink(nextName))
}

// write writes the next archive. Its space is reserved first, so that on a full
// disk as little as possible happens.
func (d *directory) write(data []byte, mode fs.FileMode) error {
	if err := d.unlink(nextName); err != nil { // of a pass that was interrupted
		return err
	}
	fd, err := d.kernel.Create(d.fd, nextName, uint32(mode.Perm()))
	if err != nil {
		return fmt.Errorf("fold: create the next archive: %w", err)
	}
	if err := errors.Join(mapped.Fill(d.kernel, fd, data), d.kernel.Close(fd)); err != nil {
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

// modeLike returns the permissions of an archive that whoever could read the
// archive before, or the first of the files in it, can read as well.
func (p *pass) modeLike(status *mapped.Status) fs.FileMode {
	switch {
	case p.FileMode != 0:
		return p.FileMode
	case status != nil:
		return fs.FileMode(status.Mode)
	}
	return defaultFileMode
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
	name := fmt.Sprintf("%s.damaged-%x", f.name, f.status.Inode)
	if err := d.kernel.Link(d.fd, f.fd, name); err != nil && !errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("fold: set %q aside: %w", f.name, err)
	}
	return nil
}
