// Package mappedtest has kernels for tests: one that fails at a chosen system
// call, and one whose mappings are ordinary memory, which the race detector can
// watch.
package mappedtest
