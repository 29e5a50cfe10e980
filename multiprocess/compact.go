package multiprocess

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"path/filepath"
	"time"

	"polymeter.dev/internal/damage"
	"polymeter.dev/internal/fold"
	"polymeter.dev/internal/mapped"
)

// CompactOptions are the settings of [Compact]; the zero value of each is the
// default.
type CompactOptions struct {
	// Retention is how long the gauges in the mode all of a process that has
	// ended stay after they were folded; by default ten minutes. A negative
	// one drops them when they are folded.
	Retention time.Duration
	// VouchPIDs says that all processes which use the directory see each other
	// under the same process ids, as those do that are in one container. Where
	// the system does not tell who has a file of the Python client's format
	// open, the process then counts as ended when there is none with the id in
	// the name of the file.
	VouchPIDs bool
	// FileMode are the permissions of archives; by default those of the files
	// that are folded.
	FileMode fs.FileMode
	// Logger is told about a damaged archive; by default slog.Default().
	Logger *slog.Logger
}

// CompactResult is what [Compact] did.
type CompactResult struct {
	// Native and Python are how many files of either format went into an
	// archive, or held only what counts for the living and were removed.
	Native, Python int
	// Sealed is how many files of the Python client's format were renamed, to
	// be folded by a later call.
	Sealed int
	// Discarded is how many files were removed that are from before the last
	// boot of the machine.
	Discarded int
	// Bytes is the size of all files that are gone.
	Bytes int64
	// Skipped are files that stay as they are although nobody seems to use
	// them, or of which that cannot be told.
	Skipped []CompactProblem
	// SetAside are archives that were damaged and have been replaced, each by
	// one with what could be read of it. Some of what processes had counted
	// that have ended may be lost by the damage, so that counters go down.
	SetAside []CompactAside
	// Busy says that somebody else was compacting the directory, so that
	// nothing was done.
	Busy bool
	// Untrusted says that nothing can be folded in the directory: its file
	// system does not show everybody who uses a file, or the system does not
	// tell one boot from another.
	Untrusted bool
	// Duration is how long it took.
	Duration time.Duration
}

// CompactProblem is a file that was not folded.
type CompactProblem struct {
	// Path is the file.
	Path string
	// Reason says why: one of a few fixed texts.
	Reason string
	// Err says as much as is known, such as a [*DamageError].
	Err error
}

// CompactAside is a damaged archive that was set aside.
type CompactAside struct {
	// Path is the archive. The file that is there now is another one.
	Path string
	// Kept is where the damaged file is, for people to look at: no merge reads
	// it, and it stays until somebody removes it. It is empty if the file could
	// not be kept.
	Kept string
	// Reason says what was damaged: one of a few fixed texts.
	Reason string
	// Err says as much as is known, such as a [*DamageError].
	Err error
}

// Compact moves what processes counted that have ended from their files into an
// archive, which counts in a merge as the files did, and removes the files. It
// does not wait, and may be called at any moment, by any number of processes: only
// one of them compacts. Every Store begins with it, and so do programs that serve
// or supervise. An empty dir stands for the one in the environment; see
// [DirEnv].
//
// A process counts as ended when the system is certain of it, be it in this
// container or another. Only files of the user who calls are folded.
//
// The values of a process that has ended go on counting: counters, histograms and
// summaries add up, gauges are merged by their mode. Those in the mode all are
// dropped some time later, and at once what says something about living processes
// only: gauges of live modes, infos and state sets. Files from before the last
// boot are removed, and what they counted is not kept.
//
// The error says why something was not folded that should have been, such as a
// full disk. Then, as ever, all values are still in the files or in an archive.
func Compact(ctx context.Context, dir string, o *CompactOptions) (CompactResult, error) {
	dir, err := directory(dir)
	if err != nil {
		return CompactResult{}, err
	}
	if o == nil {
		o = &CompactOptions{}
	}
	r, err := fold.Run(ctx, dir, &fold.Options{
		Retention: o.Retention,
		VouchPIDs: o.VouchPIDs,
		FileMode:  o.FileMode,
		Logger:    o.Logger,
	})
	result := CompactResult{
		Native: r.Native, Python: r.Python, Sealed: r.Sealed, Discarded: r.Discarded, Bytes: r.Bytes,
		Busy: r.Busy, Untrusted: r.Untrusted, Duration: r.Duration,
	}
	for _, p := range r.Skipped {
		path := filepath.Join(dir, p.Name)
		var aside *fold.SetAsideError
		if errors.As(p.Err, &aside) {
			result.SetAside = append(result.SetAside, newCompactAside(path, aside))
			continue
		}
		result.Skipped = append(result.Skipped, CompactProblem{path, compactReason(p.Err), p.Err})
	}
	if err != nil {
		return result, fmt.Errorf("multiprocess: compact %q: %w", dir, err)
	}
	return result, nil
}

func newCompactAside(path string, aside *fold.SetAsideError) CompactAside {
	a := CompactAside{Path: path, Reason: compactReason(aside.Err), Err: aside.Err}
	if aside.Name != "" {
		a.Kept = filepath.Join(filepath.Dir(path), aside.Name)
	}
	return a
}

// compactReason returns the fixed text for an error.
func compactReason(err error) string {
	var damaged *damage.Error
	if errors.As(err, &damaged) {
		return damaged.Reason
	}
	for _, reason := range []error{
		fold.ErrOtherUser, fold.ErrLinked, fold.ErrForeign, fold.ErrOtherLayout, fold.ErrTooLarge,
		mapped.ErrNotRegular, mapped.ErrNoLease,
	} {
		if errors.Is(err, reason) {
			return reason.Error()
		}
	}
	return reasonUnreadable
}
