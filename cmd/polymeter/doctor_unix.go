//go:build unix

package main

import (
	"errors"
	"io/fs"
	"syscall"

	"golang.org/x/sys/unix"
)

// ownerOf returns the user id of a file's owner, or -1.
func ownerOf(info fs.FileInfo) int {
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return -1
	}
	return int(st.Uid)
}

// descriptorLimit returns how many files a process like this may have open.
func descriptorLimit() (limit uint64, known bool) {
	var r unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &r); err != nil {
		return 0, false
	}
	return unsigned(r.Cur), true
}

// processExists reports whether there may be a process with the id.
func processExists(pid int) bool { return !errors.Is(unix.Kill(pid, 0), unix.ESRCH) }

// unsigned takes a limit, whose type differs between systems.
func unsigned[T int64 | uint64](limit T) uint64 { return uint64(limit) }
