// Package mapped keeps files in memory that other processes can read: words
// that a program updates with plain atomic instructions, and that survive it
// however it dies.
//
// It is the only package that handles raw memory, and it holds three promises.
// Space is reserved before it is mapped, so that a full disk is an error of
// [File.Grow] and never a fault at a store. A file grows by further mappings,
// so that words never move. And [File.Close] puts harmless memory in the place
// of the file, so that an update through an old pointer has no effect instead
// of crashing the program.
//
// A file is locked for as long as it is open. The lock, which the operating
// system lets go of when the process dies, tells other processes whether the
// file's writer is alive.
package mapped
