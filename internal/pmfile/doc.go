// Package pmfile reads and writes the native format: the files in which the
// processes of a [polymeter.dev/multiprocess.Store] count, publish what they
// collect, and keep what ended processes counted. docs/multiprocess-format.md
// specifies it byte by byte.
//
// A [Writer] adds records to a file that other processes read at the same
// time; its cells are plain words, counted in by atomic instructions. A
// [Builder] makes a whole file in memory. A [Walker] steps through the records
// of a file, whoever wrote it, and the Parse functions read what they say.
// Nothing here trusts a byte of a file, and only cells change while a record
// stands for something.
package pmfile
