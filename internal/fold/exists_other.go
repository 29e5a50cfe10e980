//go:build !unix

package fold

// exists does not know any better.
func exists(int) bool { return true }
