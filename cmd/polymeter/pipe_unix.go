//go:build unix

package main

import (
	"os/signal"
	"syscall"
)

// ignoreBrokenPipe makes writing to a standard output that nobody reads an error
// instead of the end of the program.
func ignoreBrokenPipe() { signal.Ignore(syscall.SIGPIPE) }
