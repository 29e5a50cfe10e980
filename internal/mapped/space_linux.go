package mapped

import (
	"math"

	"golang.org/x/sys/unix"
)

func statfs(fd int) (unix.Statfs_t, error) {
	var fs unix.Statfs_t
	err := ignoringEINTR(func() error { return unix.Fstatfs(fd, &fs) })
	return fs, err
}

// Free takes a file system that says it has no blocks at all, such as a tmpfs of
// unlimited size, for one without an end.
func (system) Free(fd int) (int64, error) {
	fs, err := statfs(fd)
	if err == nil && fs.Blocks == 0 {
		return math.MaxInt64, nil
	}
	return blocks(fs.Bavail, uint64(fs.Frsize)), err
}

// Trusted knows the file systems on which it was seen that locks and leases show
// every user on this machine. On others, those of a network among them, the
// other users may be elsewhere.
func (system) Trusted(fd int) (bool, error) {
	fs, err := statfs(fd)
	if err != nil {
		return false, err
	}
	switch uint32(fs.Type) {
	case unix.TMPFS_MAGIC, unix.EXT4_SUPER_MAGIC, unix.XFS_SUPER_MAGIC, unix.BTRFS_SUPER_MAGIC,
		unix.F2FS_SUPER_MAGIC, unix.OVERLAYFS_SUPER_MAGIC:
		return true, nil // ext2 and ext3 have ext4's number
	}
	return false, nil
}
