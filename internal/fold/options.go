package fold

import (
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"time"

	"polymeter.dev/internal/mapped"
)

// Options are the settings of a pass; the zero value of each is the default.
type Options struct {
	// Kernel makes the system calls; by default those of the system.
	Kernel mapped.Kernel
	// Retention is how long gauges in the mode all stay after their process's
	// file was folded, and how long a deletion keeps start times from being
	// earlier; by default ten minutes. Negative means not at all.
	Retention time.Duration
	// Grace is how long the file of a process that ended must have been left
	// alone before it is folded, where nothing but leases tells who uses it; by
	// default ten seconds. Negative means not at all.
	Grace time.Duration
	// VouchPIDs says that all processes which use the directory see each other
	// under the same process ids. Where there are no leases, a process then has
	// ended when there is none with the id in the name of its file.
	VouchPIDs bool
	// FileMode are the permissions of archives; by default those of the archive
	// before, or of the first file in it.
	FileMode fs.FileMode
	// Now tells the time; by default time.Now.
	Now func() time.Time
	// Logger is told about a damaged archive; by default slog.Default().
	Logger *slog.Logger
}

const (
	defaultRetention = 10 * time.Minute
	defaultGrace     = 10 * time.Second
)

// complete returns the options with the defaults filled in.
func (o *Options) complete() Options {
	var c Options
	if o != nil {
		c = *o
	}
	if c.Kernel == nil {
		c.Kernel = mapped.System()
	}
	c.Retention = duration(c.Retention, defaultRetention)
	c.Grace = duration(c.Grace, defaultGrace)
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Logger == nil {
		c.Logger = slog.Default()
	}
	return c
}

func duration(d, byDefault time.Duration) time.Duration {
	switch {
	case d == 0:
		return byDefault
	case d < 0:
		return 0
	}
	return d
}

// Result is what a pass did.
type Result struct {
	// Native and Python are how many files were folded, or dropped because what
	// they held counts for the living only.
	Native, Python int
	// Sealed is how many files of the Python client's format got a name that no
	// writer opens, which is the first step of folding them.
	Sealed int
	// Discarded is how many files of an earlier boot were removed.
	Discarded int
	// Bytes is the size of all files that went.
	Bytes int64
	// Skipped are the files that were left as they are although nobody seems to
	// use them, or of which that cannot be told. A [SetAsideError] is about an
	// archive that was replaced.
	Skipped []Problem
	// Busy says that somebody else was folding; nothing was done.
	Busy bool
	// Untrusted says that the file system does not show everybody who uses a
	// file, or the system does not tell one boot from another; nothing was done.
	Untrusted bool
	// Duration is how long the pass took.
	Duration time.Duration
}

// Problem is a file that was not folded.
type Problem struct {
	// Name is the name of the file in the directory.
	Name string
	Err  error
}

// Reasons for leaving a file alone, besides damage and errors of the system;
// test for them with errors.Is. Their texts can stand in a label.
var (
	ErrOtherUser   = errors.New("belongs to another user")
	ErrLinked      = errors.New("has several names")
	ErrForeign     = errors.New("name is not that in its header")
	ErrOtherLayout = errors.New("its layout is not that of the archive")
	ErrTooLarge    = errors.New("too large to be folded")
)

// user is the owner that files must have to be folded: readers can read what
// they could before.
func user() uint32 { return uint32(os.Geteuid()) }
