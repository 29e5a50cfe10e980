//go:build darwin || dragonfly || freebsd

package mapped

import "golang.org/x/sys/unix"

func (system) Free(fd int) (int64, error) {
	var fs unix.Statfs_t
	err := ignoringEINTR(func() error { return unix.Fstatfs(fd, &fs) })
	return blocks(uint64(max(fs.Bavail, 0)), uint64(fs.Bsize)), err
}
