package fold

import (
	"errors"

	"polymeter.dev/internal/pyfile"
)

// pythonArchive is the archive that was loaded. It stays open, so that another
// file cannot look like it.
type pythonArchive struct {
	*file
	pyfile.Archive
	damaged error
}

// load loads the archive, if there is one. An archive that must not be replaced
// is an error.
func (y *python) load() error {
	f, err := y.dir.open(y.kind.Archive().String())
	if isGone(err) {
		return nil
	}
	if err != nil {
		return err
	}
	if err := y.loadFrom(f); err != nil {
		return errors.Join(err, f.close())
	}
	return nil
}

func (y *python) loadFrom(f *file) error {
	if err := y.ownArchive(f); err != nil {
		return err
	}
	decoded := new(pyfile.Archive)
	var damage *pyfile.DamageError
	data, err := f.withAppendix()
	if err == nil {
		decoded, damage = pyfile.DecodeArchive(data)
	} else if !errors.As(err, &damage) {
		return err
	}
	archive := &pythonArchive{file: f, Archive: *decoded}
	if damage != nil {
		damage.Path = f.name
		if damage.Reason == pyfile.ReasonVersion {
			return damage
		}
		archive.damaged = damage
		y.skip(f.name, damage)
		y.Logger.Warn("fold: archive is damaged, some of what ended processes counted may be lost",
			"file", f.name, "reason", damage)
	}
	y.archive, y.absorbed = archive, decoded.Absorbed
	return nil
}

// reload takes up the archive that was just written.
func (y *python) reload() error {
	if y.archive != nil {
		err := y.archive.close()
		y.archive = nil
		if err != nil {
			return err
		}
	}
	carried := y.absorbed
	err := y.load()
	y.absorbed = carried
	return err
}

// finish removes what the archive has absorbed, as the pass that wrote it would
// have done.
func (y *python) finish() {
	listed := make(map[string]bool, len(y.absorbed))
	for _, name := range y.absorbed {
		listed[name] = true
	}
	y.absorbed = nil
	var left []string
	for _, name := range y.sealed {
		if !listed[name] {
			left = append(left, name)
			continue
		}
		if err := y.dir.unlink(name); err != nil {
			y.skip(name, err)
			y.absorbed = append(y.absorbed, name)
		}
	}
	y.sealed = left
}
