// Package damage has the error that says what is wrong with a file.
package damage

import "fmt"

// Error says what is wrong with a file. Everything before Offset can be read.
type Error struct {
	// Path is the file, or "" where only its bytes were given.
	Path string
	// Offset is where the damage begins, in bytes.
	Offset int64
	// Reason continues a sentence about the file: one of a few fixed texts.
	Reason string
}

// Error names the file, the offset and the reason.
func (e *Error) Error() string {
	return fmt.Sprintf("file %q is damaged at byte %d: %s", e.Path, e.Offset, e.Reason)
}
