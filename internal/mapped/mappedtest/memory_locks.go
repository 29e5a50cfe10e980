package mappedtest

import (
	"io/fs"

	"polymeter.dev/internal/mapped"
)

// Lock implements [mapped.Kernel].
func (m *Memory) Lock(fd int) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	o, err := m.file(fd)
	if err != nil {
		return err
	}
	if !o.writing {
		return fs.ErrPermission
	}
	if o.inode.lock != nil && o.inode.lock != o {
		return mapped.ErrInUse
	}
	o.inode.lock = o
	return nil
}

// Locked implements [mapped.Kernel].
func (m *Memory) Locked(fd int) (bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	o, err := m.file(fd)
	if err != nil {
		return false, err
	}
	return o.inode.lock != nil && o.inode.lock != o, nil
}

// LockDirectory implements [mapped.Kernel].
func (m *Memory) LockDirectory(dir int) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	o, err := m.directory(dir)
	if err != nil {
		return err
	}
	if o.folder.lock != nil && o.folder.lock != o {
		return mapped.ErrInUse
	}
	o.folder.lock = o
	return nil
}

// Unused implements [mapped.Kernel].
func (m *Memory) Unused(dir int, name string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	i, err := m.lookup(dir, name)
	if err != nil {
		return err
	}
	if m.NoLeases || i.written() {
		return mapped.ErrInUse
	}
	return nil
}

// Lease implements [mapped.Kernel].
func (m *Memory) Lease(fd int) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	o, err := m.file(fd)
	if err != nil {
		return err
	}
	if m.NoLeases {
		return mapped.ErrNoLease
	}
	if o.inode.written() {
		return mapped.ErrInUse
	}
	if o.inode.leases == nil {
		o.inode.leases = make(map[*opening]bool)
	}
	o.inode.leases[o] = true
	return nil
}

// Leased implements [mapped.Kernel].
func (m *Memory) Leased(fd int) (bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	o, err := m.file(fd)
	if err != nil {
		return false, err
	}
	return o.inode.leases[o], nil
}

// Release implements [mapped.Kernel].
func (m *Memory) Release(fd int) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	o, err := m.file(fd)
	if err != nil {
		return err
	}
	if _, ok := o.inode.leases[o]; !ok {
		return mapped.ErrNoLease
	}
	delete(o.inode.leases, o)
	return nil
}

// Trusted implements [mapped.Kernel].
func (m *Memory) Trusted(int) (bool, error) { return !m.Untrusted, nil }

// written reports whether somebody writes, or is waiting for being let.
func (i *inode) written() bool {
	for _, intact := range i.leases {
		if !intact {
			return true
		}
	}
	return i.writers > 0
}

// breakLeases tells everybody who has a lease that somebody wants to write, if
// there is one.
func (i *inode) breakLeases() bool {
	for o := range i.leases {
		i.leases[o] = false
	}
	return len(i.leases) > 0
}

// forget undoes what an opening did to its file.
func (i *inode) forget(o *opening) {
	i.openings--
	if o.writing {
		i.writers--
	}
	if i.lock == o {
		i.lock = nil
	}
	delete(i.leases, o)
}
