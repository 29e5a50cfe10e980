package multiprocess

import "polymeter.dev/internal/mapped"

// OpenWith is [Open] with another kernel.
func OpenWith(dir string, o *Options, kernel mapped.Kernel) (*Store, error) {
	return open(dir, *o, kernel)
}
