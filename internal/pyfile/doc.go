// Package pyfile reads and writes the files in which the Python client library
// for Prometheus keeps the metrics of one process, so that processes in both
// languages can count side by side.
//
// A file begins with the number of bytes in use, an int32 in the byte order of
// the machine, and four zero bytes. Entries follow, each at a multiple of
// eight:
//
//	int32      the length of the key in bytes
//	bytes      the key: the JSON array [family, sample, {labels}, help]
//	1–8 spaces up to the next multiple of eight
//	float64    the value
//	float64    the Unix time of the value, in the newer of two layouts
//
// An entry counts once the number of bytes in use covers it, which is written
// last. Entries are never moved or taken away.
//
// What the processes of many files counted that have ended can be moved to one
// file, their archive. It has an appendix behind the bytes in use, which
// docs/multiprocess-format.md specifies.
package pyfile
