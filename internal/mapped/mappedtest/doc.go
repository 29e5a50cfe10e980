// Package mappedtest has kernels for tests: some that fail, or die, at a chosen
// system call, and some whose mappings are ordinary memory, which the race
// detector can watch.
package mappedtest
