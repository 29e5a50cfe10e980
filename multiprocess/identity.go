package multiprocess

import (
	"errors"
	"os"
	"strconv"
	"strings"

	"polymeter.dev/internal/pmfile"
	"polymeter.dev/internal/pyfile"
)

// DirEnv is the environment variable with the directory that the processes
// share, the same that the Python client reads.
const DirEnv = "PROMETHEUS_MULTIPROC_DIR"

// deprecatedDirEnv is the older name that the Python client still reads.
const deprecatedDirEnv = "prometheus_multiproc_dir"

// ErrNoDirectory means that no directory was given and that the environment has
// none either.
var ErrNoDirectory = errors.New("multiprocess: no directory given, and " + DirEnv + " is not set")

// DirFromEnv returns the value of [DirEnv], or of the same name in lower case,
// which the Python client deprecates; "" when neither is set.
func DirFromEnv() string {
	if dir := os.Getenv(DirEnv); dir != "" {
		return dir
	}
	return os.Getenv(deprecatedDirEnv)
}

// directory returns dir, or that of the environment if it is empty.
func directory(dir string) (string, error) {
	if dir == "" {
		dir = DirFromEnv()
	}
	if dir == "" {
		return "", ErrNoDirectory
	}
	return dir, nil
}

// maxIdentifier leaves room for the number of a variant in the header of a native
// file, and for the rest of a file name, which most systems limit to 255 bytes.
const maxIdentifier = pmfile.MaxIdentifier - 8

// sanitize makes an identifier fit for a file name. Readers split names at
// underscores, and match them against patterns, so that neither may occur in
// it; everything but ASCII letters, digits, dots and hyphens becomes a hyphen.
// In place of an empty one comes the process id.
func sanitize(identifier string) string {
	if identifier == "" {
		return strconv.Itoa(os.Getpid())
	}
	identifier = identifier[:min(len(identifier), maxIdentifier)]
	if identifier == pyfile.ArchiveID { // which is no process
		return numbered(identifier, 2)
	}
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '.', r == '-':
			return r
		}
		return '-'
	}, identifier)
}

// numbered returns the nth variant of an identifier: P, P-2, P-3 and so on.
func numbered(identifier string, n int) string {
	if n == 1 {
		return identifier
	}
	return identifier + "-" + strconv.Itoa(n)
}
