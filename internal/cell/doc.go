// Package cell is the seam between instruments and the places that keep their
// values. A value lives in one or more cells, 8-byte words that are read and
// written atomically, in the heap or in a file that other processes map; an
// instrument updates them without knowing which.
//
// A word holds either a whole number, or the bits of a float64. Words in the
// heap can be retired: their value moves elsewhere exactly once, and an update
// that comes too late notices, so that the instrument repeats it on the new
// word. This is how a program that has already counted attaches a store
// without losing an update, and without a lock on the hot path.
package cell
