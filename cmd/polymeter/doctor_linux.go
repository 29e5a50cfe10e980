package main

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// fileSystems are names by the numbers in linux/magic.h.
var fileSystems = map[uint32]string{
	unix.TMPFS_MAGIC:           "tmpfs",
	unix.RAMFS_MAGIC:           "ramfs",
	unix.EXT4_SUPER_MAGIC:      "ext4",
	unix.XFS_SUPER_MAGIC:       "xfs",
	unix.BTRFS_SUPER_MAGIC:     "btrfs",
	unix.F2FS_SUPER_MAGIC:      "f2fs",
	unix.OVERLAYFS_SUPER_MAGIC: "overlay",
	unix.NFS_SUPER_MAGIC:       "nfs",
	unix.CIFS_SUPER_MAGIC:      "cifs",
	unix.SMB2_SUPER_MAGIC:      "smb2",
	unix.CEPH_SUPER_MAGIC:      "ceph",
	unix.V9FS_MAGIC:            "9p",
	unix.FUSE_SUPER_MAGIC:      "fuse",
	0x2fc12fc1:                 "zfs",
}

// fileSystem returns the name of the file system that an open file is on.
func fileSystem(fd int) string {
	var st unix.Statfs_t
	if err := unix.Fstatfs(fd, &st); err != nil {
		return "unknown"
	}
	if name, ok := fileSystems[uint32(st.Type)]; ok {
		return name
	}
	return fmt.Sprintf("the one with the number %#x", uint32(st.Type))
}

// inodes returns how many inodes a file system has, and how many are free.
func inodes(fd int) (total, free uint64, known bool) {
	var st unix.Statfs_t
	if err := unix.Fstatfs(fd, &st); err != nil {
		return 0, 0, false
	}
	return st.Files, st.Ffree, true
}
