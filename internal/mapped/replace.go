package mapped

import (
	"crypto/rand"
	"errors"
	"io/fs"
)

// Replace makes a file with these contents, which never change, and gives it the
// name, taking that from whatever has it: nobody ever sees a file that is not
// complete, and if it fails the name is what it was. A file system without room
// is an error that wraps ENOSPC. begin is called before anything is written, and
// again if somebody tidies the unborn file away; its error is that of Replace.
//
// The file stays locked until it is closed, which shows that its writer is alive.
// Nothing of it is mapped.
func (d *Directory) Replace(name string, data []byte, mode fs.FileMode, begin func(*File) error) (*File, error) {
	var file *File
	var err error
	for range attempts {
		if file, err = d.replace(name, data, mode, begin); !errors.Is(err, fs.ErrNotExist) {
			break
		}
	}
	return file, err
}

func (d *Directory) replace(name string, data []byte, mode fs.FileMode, begin func(*File) error) (*File, error) {
	unborn := UnbornPrefix + rand.Text()
	fd, err := d.kernel.Create(d.fd, unborn, uint32(mode.Perm()))
	if err != nil {
		return nil, d.fail("create", name, err)
	}
	file := d.file(name, fd)
	if err := d.put(file, unborn, data, begin); err != nil {
		return nil, errors.Join(err, d.kernel.Unlink(d.fd, unborn), file.Close())
	}
	return file, nil
}

func (d *Directory) put(file *File, unborn string, data []byte, begin func(*File) error) error {
	if err := d.kernel.Lock(file.fd); err != nil {
		return file.fail("lock", err)
	}
	if err := begin(file); err != nil {
		return err
	}
	if err := Fill(d.kernel, file.fd, data); err != nil {
		return file.fail("write", err)
	}
	if err := d.kernel.Rename(d.fd, unborn, file.name); err != nil {
		return file.fail("rename", err)
	}
	return nil
}

// Fill writes the contents of a new file, for which space is reserved first, so
// that on a full disk as little as possible happens. Where space cannot be
// reserved, writing finds out: nobody maps such a file for writing.
func Fill(kernel Kernel, fd int, data []byte) error {
	if err := kernel.Prepare(fd); err != nil {
		return err
	}
	err := kernel.Reserve(fd, 0, int64(len(data)))
	if err != nil && !errors.Is(err, ErrUnreservable) {
		return err
	}
	return kernel.WriteAt(fd, data, 0)
}
