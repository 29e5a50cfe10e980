// Package multiproc holds the tests of a directory that workers of the Python
// client and of Polymeter share: both write, both merge, and the pages agree.
//
// The environment variable POLYMETER_INTEROP_SEED repeats a run with a seed
// that a failure has named.
package multiproc
