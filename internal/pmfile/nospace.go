//go:build !plan9

package pmfile

import "syscall"

// errNoSpace is the system's error for a full disk.
const errNoSpace = syscall.ENOSPC
