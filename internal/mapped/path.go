package mapped

import "path/filepath"

// Resolve returns the absolute path of a directory without symbolic links, as far
// as it exists, so that two paths to the same directory can be compared.
func Resolve(dir string) string {
	if absolute, err := filepath.Abs(dir); err == nil {
		dir = absolute
	}
	if real, err := filepath.EvalSymlinks(dir); err == nil {
		dir = real
	}
	return dir
}
