//go:build !linux

package main

// fileSystem does not know.
func fileSystem(int) string { return "unknown" }

// inodes does not know.
func inodes(int) (total, free uint64, known bool) { return 0, 0, false }
