package mappedtest

import (
	"cmp"
	"errors"
	"io/fs"
	"path/filepath"
)

// WriteFile makes the data the contents of the file with the path, which may
// exist, through a descriptor of its own.
func (m *Memory) WriteFile(path string, data []byte) error {
	return m.with(path, func(dir int, name string) error {
		fd, err := m.Create(dir, name, 0o600)
		if errors.Is(err, fs.ErrExist) {
			fd, err = m.Open(dir, name)
		}
		if err != nil {
			return err
		}
		return cmp.Or(m.Truncate(fd, 0), m.WriteAt(fd, data, 0), m.Close(fd))
	})
}

// ReadFile returns the contents of the file with the path.
func (m *Memory) ReadFile(path string) ([]byte, error) {
	var data []byte
	err := m.with(path, func(dir int, name string) error {
		fd, err := m.OpenRead(dir, name)
		if err != nil {
			return err
		}
		st, err := m.Stat(fd)
		data = make([]byte, st.Size)
		return cmp.Or(err, m.ReadAt(fd, data, 0), m.Close(fd))
	})
	return data, err
}

func (m *Memory) with(path string, do func(dir int, name string) error) error {
	folder, name := filepath.Split(path)
	dir, err := m.Directory(folder)
	if err == nil {
		err = errors.Join(do(dir, name), m.Close(dir))
	}
	if err != nil {
		return &fs.PathError{Op: "access", Path: path, Err: err}
	}
	return nil
}
