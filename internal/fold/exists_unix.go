//go:build unix

package fold

import (
	"errors"

	"golang.org/x/sys/unix"
)

// exists reports whether there may be a process with the id.
func exists(pid int) bool { return !errors.Is(unix.Kill(pid, 0), unix.ESRCH) }
