// Package fold moves what processes counted that have ended from their files
// into archives, so that a directory does not grow with the number of processes
// that ever lived.
//
// A pass takes the lock of the directory, so there is never more than one. It
// loads an archive and the files of the dead, writes the sum of both to a new
// file, and renames that over the archive. The archive lists the files that it
// has absorbed, and readers leave them out: so the one rename changes both the
// sums and the list, and each count is in one place whenever the pass is
// interrupted. Only then are the files removed. What an interrupted pass left
// behind, the next one removes before it replaces the list.
//
// A process has ended when nobody holds the lock of its file, and nobody has it
// open for writing; see [mapped.Kernel]. Where the system cannot tell, everything
// counts as alive.
package fold
