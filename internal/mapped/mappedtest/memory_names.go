package mappedtest

import (
	"io/fs"
	"path/filepath"

	"polymeter.dev/internal/mapped"
)

// Directory implements [mapped.Kernel].
func (m *Memory) Directory(path string) (int, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	f := m.folders[filepath.Clean(path)]
	if f == nil {
		return -1, fs.ErrNotExist
	}
	return m.hold(&opening{folder: f}), nil
}

// Names implements [mapped.Kernel].
func (m *Memory) Names(dir int) ([]string, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	o, err := m.directory(dir)
	if err != nil {
		return nil, err
	}
	names := make([]string, 0, len(o.folder.names))
	for name := range o.folder.names {
		names = append(names, name)
	}
	return names, nil
}

// Create implements [mapped.Kernel].
func (m *Memory) Create(dir int, name string, _ uint32) (int, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	o, err := m.directory(dir)
	if err != nil {
		return -1, err
	}
	i := m.newInode()
	if err := m.name(o.folder, name, i); err != nil {
		return -1, err
	}
	i.openings, i.writers = 1, 1
	return m.hold(&opening{inode: i, writing: true}), nil
}

// Open implements [mapped.Kernel].
func (m *Memory) Open(dir int, name string) (int, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	i, err := m.lookup(dir, name)
	if err != nil {
		return -1, err
	}
	if i.breakLeases() {
		return -1, mapped.ErrInUse
	}
	i.openings++
	i.writers++
	return m.hold(&opening{inode: i, writing: true}), nil
}

// OpenRead implements [mapped.Kernel].
func (m *Memory) OpenRead(dir int, name string) (int, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	i, err := m.lookup(dir, name)
	if err != nil {
		return -1, err
	}
	i.openings++
	return m.hold(&opening{inode: i}), nil
}

// Lookup implements [mapped.Kernel].
func (m *Memory) Lookup(dir int, name string) (mapped.Status, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	i, err := m.lookup(dir, name)
	if err != nil {
		return mapped.Status{}, err
	}
	return i.status(), nil
}

// Publish implements [mapped.Kernel].
func (m *Memory) Publish(dir int, from, to string) error {
	return m.rename(dir, from, to, false)
}

// Rename implements [mapped.Kernel].
func (m *Memory) Rename(dir int, from, to string) error {
	return m.rename(dir, from, to, true)
}

func (m *Memory) rename(dir int, from, to string, replace bool) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	i, err := m.lookup(dir, from)
	if err != nil {
		return err
	}
	f := m.open[dir].folder
	switch taken := f.names[to]; {
	case taken != nil && !replace:
		return fs.ErrExist
	case taken == i:
		return nil // two names of one file both stay
	case taken != nil:
		m.drop(f, to)
	}
	if err := m.name(f, to, i); err != nil {
		return err
	}
	m.drop(f, from)
	return nil
}

// Link implements [mapped.Kernel].
func (m *Memory) Link(dir, fd int, name string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	o, err := m.directory(dir)
	if err != nil {
		return err
	}
	file, err := m.file(fd)
	if err != nil {
		return err
	}
	if file.inode.links == 0 {
		return fs.ErrNotExist
	}
	return m.name(o.folder, name, file.inode)
}

// Unlink implements [mapped.Kernel].
func (m *Memory) Unlink(dir int, name string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, err := m.lookup(dir, name); err != nil {
		return err
	}
	m.drop(m.open[dir].folder, name)
	return nil
}

func (m *Memory) lookup(dir int, name string) (*inode, error) {
	o, err := m.directory(dir)
	if err != nil {
		return nil, err
	}
	if i := o.folder.names[name]; i != nil {
		return i, nil
	}
	return nil, fs.ErrNotExist
}

// name gives a file a name that must be free.
func (m *Memory) name(f *folder, name string, i *inode) error {
	if f.removed {
		return fs.ErrNotExist
	}
	if f.names[name] != nil {
		return fs.ErrExist
	}
	f.names[name] = i
	i.links++
	i.changed = m.now()
	return nil
}

// drop takes a name away from the file that has it.
func (m *Memory) drop(f *folder, name string) {
	i := f.names[name]
	delete(f.names, name)
	i.links--
	i.changed = m.now()
	m.reclaim(i)
}
