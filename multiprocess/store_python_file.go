package multiprocess

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"slices"

	"polymeter.dev/internal/cell"
	"polymeter.dev/internal/mapped"
	"polymeter.dev/internal/pyfile"
)

// maxVariants is how many numbered identifiers are tried for one file.
const maxVariants = 1000

// A storeFile is the file of one type of metrics, or of one mode of gauges,
// with the series that this process has opened in it.
type storeFile struct {
	writer *pyfile.Writer
	live   bool
	count  int
	// series are found by the key of their first entry. Several histograms
	// share it when they differ in their buckets; each has its own entries
	// then, which readers add up.
	series map[string][]*series
}

type series struct {
	place   cell.Place
	bounds  []float64
	removed bool
}

// find returns the series with the given key and buckets, or nil.
func (f *storeFile) find(key []byte, bounds []float64) *series {
	for _, s := range f.series[string(key)] {
		if slices.EqualFunc(s.bounds, bounds, func(a, b float64) bool { return cmp.Compare(a, b) == 0 }) {
			return s
		}
	}
	return nil
}

func (f *storeFile) add(key string, s *series) {
	f.series[key] = append(f.series[key], s)
	f.count++
}

// A conflict is an identifier that the store could not use for a file.
type conflict struct {
	file string
	err  error
}

// file returns the file for a type and mode, opening it at the first need.
func (p *pythonFormat) file(name pyfile.Name) (*storeFile, []conflict, error) {
	if f := p.files[name.Prefix()]; f != nil {
		return f, nil, nil
	}
	dir, err := mapped.OpenDirectory(p.kernel, p.dir)
	if err != nil {
		return nil, nil, err
	}
	defer dir.Close()
	writer, conflicts, err := p.claim(dir, name)
	if err != nil {
		return nil, conflicts, err
	}
	f := &storeFile{writer: writer, live: name.Mode.Live(), series: map[string][]*series{}}
	p.files[name.Prefix()] = f
	return f, conflicts, nil
}

// claim opens the file under the first identifier that nobody else uses. All
// further files start from that one, so that a store has the same identifier
// throughout whenever possible.
func (p *pythonFormat) claim(dir *mapped.Directory, name pyfile.Name) (*pyfile.Writer, []conflict, error) {
	var conflicts []conflict
	for ; p.variant <= maxVariants; p.variant++ {
		name.ID = numbered(p.wanted, p.variant)
		writer, taken, err := p.continueOrCreate(dir, name)
		if !taken {
			return writer, conflicts, err
		}
		conflicts = append(conflicts, conflict{name.String(), err})
	}
	p.variant = 1
	return nil, conflicts[:1], fmt.Errorf("identifier %q and %d numbered ones are all in use", p.wanted, maxVariants-1)
}

// continueOrCreate opens a file, and reports whether its name is taken, the
// error being the reason.
func (p *pythonFormat) continueOrCreate(dir *mapped.Directory, name pyfile.Name) (*pyfile.Writer, bool, error) {
	writer, err := pyfile.Continue(dir, name.String(), p.layout)
	if err == nil && !name.Mode.Live() {
		return writer, false, nil
	}
	if err == nil {
		// Nobody writes this file, so its gauges are those of the dead.
		err = errors.Join(writer.Remove(dir), writer.Close())
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, belongsToOthers(err), err
	}
	writer, err = pyfile.Create(dir, name.String(), p.layout, p.fileMode)
	return writer, errors.Is(err, fs.ErrExist), err
}

// belongsToOthers tells errors that are about one existing file from those that
// any other name would meet as well, such as a full disk.
func belongsToOthers(err error) bool {
	for _, reason := range []error{
		mapped.ErrInUse, mapped.ErrNotRegular, mapped.ErrUnreservable, pyfile.ErrLayout, fs.ErrPermission,
	} {
		if errors.Is(err, reason) {
			return true
		}
	}
	var damage *pyfile.DamageError
	return errors.As(err, &damage)
}
