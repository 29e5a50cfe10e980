package mapped

import "golang.org/x/sys/unix"

func (system) Free(fd int) (int64, error) {
	var fs unix.Statvfs_t
	err := ignoringEINTR(func() error { return unix.Fstatvfs(fd, &fs) })
	return blocks(fs.Bavail, fs.Frsize), err
}
