//go:build linux || darwin || dragonfly || freebsd || netbsd || openbsd

package mapped

import (
	"errors"
	"io"
	"math"
	"os"

	"golang.org/x/sys/unix"
)

// OpenFolder opens the directory with the given path. It must be closed.
func OpenFolder(path string) (*Folder, error) {
	fd, err := system{}.Directory(path)
	if err != nil {
		return nil, &os.PathError{Op: "open", Path: path, Err: err}
	}
	return &Folder{path, fd}, nil
}

// Close closes the directory; views of its files stay open.
func (f *Folder) Close() error { return unix.Close(f.fd) }

// Names returns the names of everything in the directory, in no order.
func (f *Folder) Names() ([]string, error) {
	// A descriptor of its own leaves ours at the beginning of the directory,
	// and is the os package's to close.
	fd, err := retry(func() (int, error) {
		return unix.Openat(f.fd, ".", unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	})
	if err != nil {
		return nil, f.fail("open", "", err)
	}
	directory := os.NewFile(uintptr(fd), f.path)
	defer directory.Close()
	names, err := directory.Readdirnames(-1)
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return names, err
}

// Info describes what has the name, not following a symbolic link.
func (f *Folder) Info(name string) (Info, error) {
	var st unix.Stat_t
	err := ignoringEINTR(func() error { return unix.Fstatat(f.fd, name, &st, unix.AT_SYMLINK_NOFOLLOW) })
	if err != nil {
		return Info{}, f.fail("stat", name, err)
	}
	return info(&st), nil
}

func info(st *unix.Stat_t) Info {
	return Info{Status: status(st), Changed: st.Ctim.Nano()}
}

// View maps the file with the name, never through a symbolic link and without
// waiting for anybody. What is not a plain file is [ErrNotRegular]. An empty
// file gives a view of nothing.
func (f *Folder) View(name string) (*View, error) {
	fd, err := retry(func() (int, error) {
		return unix.Openat(f.fd, name, unix.O_RDONLY|unix.O_NONBLOCK|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
	})
	if errors.Is(err, unix.ELOOP) || errors.Is(err, unix.ENXIO) {
		return nil, f.fail("open", name, ErrNotRegular)
	}
	if err != nil {
		return nil, f.fail("open", name, err)
	}
	defer unix.Close(fd)
	var st unix.Stat_t
	if err := ignoringEINTR(func() error { return unix.Fstat(fd, &st) }); err != nil {
		return nil, f.fail("stat", name, err)
	}
	view := &View{info: info(&st)}
	if !view.info.Regular {
		return nil, f.fail("open", name, ErrNotRegular)
	}
	if st.Size == 0 {
		return view, nil
	}
	// No word at an offset of 2 GiB or more is ever asked for: the format
	// counts bytes in an int32.
	length := int(min(st.Size, math.MaxInt32))
	view.data, err = unix.Mmap(fd, 0, length, unix.PROT_READ, unix.MAP_SHARED)
	if err != nil {
		return nil, f.fail("map", name, err)
	}
	return view, nil
}

// Close unmaps the file.
func (v *View) Close() error {
	if len(v.data) == 0 {
		return nil
	}
	data := v.data
	v.data = nil
	return unix.Munmap(data)
}
