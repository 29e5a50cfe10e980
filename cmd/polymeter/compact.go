package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"polymeter.dev/internal/pyfile"
	"polymeter.dev/multiprocess"
)

func newCompact() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "compact [flags] [DIR]...",
		Short: "Fold the files of dead processes into archives",
		Long: `Compact adds what processes have counted that have died to one archive in the
directory, and removes their files. No total changes by that. Gauges of live
modes end with their process, and those of the mode all after a while. It may be
run at any time, beside everything that counts and serves; run and serve do the
same every few seconds. Without arguments it takes the directory that the
environment variable ` + multiprocess.DirEnv + ` names.

A file of the Python client's format takes two passes some ten seconds apart: it
is sealed, so that no process opens it any more, and folded once that is
certain. --until-quiet makes passes until there is nothing left to do.

It says what was folded, sealed and discarded, and which files had to stay and
why; polymeter doctor says more. That somebody else is folding the directory at
the moment is no failure.

An archive that is damaged is replaced by one with what can be read of it, and is
kept under another name, which no page takes in. Counts may be lost then, and so
the command fails, that once.`,
		Example: `  polymeter compact /dev/shm/app
  polymeter compact --until-quiet --json /dev/shm/app`,
		Args: cobra.ArbitraryArgs,
	}
	c := &compaction{fold: foldFlags(cmd)}
	cmd.Flags().BoolVar(&c.untilQuiet, "until-quiet", false, "make passes until nothing is left to fold")
	asJSON := cmd.Flags().Bool("json", false, "write one JSON object a line for each directory")
	cmd.RunE = func(cmd *cobra.Command, dirs []string) error {
		if err := c.fold.check(); err != nil {
			return err
		}
		dirs, err := directories(dirs)
		if err != nil {
			return err
		}
		ctx, stop := untilSignal(cmd.Context())
		defer stop()
		write := (*compactReport).text
		if *asJSON {
			write = (*compactReport).json
		}
		return c.all(ctx, cmd, dirs, write)
	}
	return cmd
}

// directories returns the directories of a command line, or the one of the
// environment.
func directories(args []string) ([]string, error) {
	if len(args) > 0 {
		return args, notEmpty("DIR", args)
	}
	if dir := multiprocess.DirFromEnv(); dir != "" {
		return []string{dir}, nil
	}
	return nil, usagef("no directory given, and %s is not set", multiprocess.DirEnv)
}

// compaction is how directories are compacted.
type compaction struct {
	fold       *foldOptions
	untilQuiet bool
}

// compactReport is what became of a directory. Its fields are the JSON form.
type compactReport struct {
	Dir       string           `json:"dir"`
	Passes    int              `json:"passes"`
	Native    int              `json:"native"`
	Python    int              `json:"python"`
	Sealed    int              `json:"sealed"`
	Discarded int              `json:"discarded"`
	Bytes     int64            `json:"bytes"`
	Skipped   []compactProblem `json:"skipped,omitempty"`
	SetAside  []compactAside   `json:"set_aside,omitempty"`
	Busy      bool             `json:"busy,omitempty"`
	Untrusted bool             `json:"untrusted,omitempty"`
	Seconds   float64          `json:"seconds"`
	Error     string           `json:"error,omitempty"`
}

// compactProblem is a file that had to stay.
type compactProblem struct {
	File   string `json:"file"`
	Reason string `json:"reason"`
	Error  string `json:"error"`
}

// compactAside is a damaged archive that was replaced.
type compactAside struct {
	File string `json:"file"`
	// Kept is the file that was damaged, if that could be kept.
	Kept   string `json:"kept,omitempty"`
	Reason string `json:"reason"`
	Error  string `json:"error"`
}

// all compacts each directory. It goes on after one that fails, and fails in the
// end, also where counts may be lost.
func (c *compaction) all(ctx context.Context, cmd *cobra.Command, dirs []string, write func(*compactReport, io.Writer) error) error {
	logger := slog.New(slog.NewTextHandler(cmd.ErrOrStderr(), nil))
	var failed error
	for _, dir := range dirs {
		if _, err := os.Stat(dir); err != nil {
			warn(cmd, "%v", withoutOperation(err))
			failed = errReported
			continue
		}
		r := &compactReport{Dir: dir}
		err := c.directory(ctx, r, func() (multiprocess.CompactResult, error) { return c.fold.compact(ctx, dir, logger) })
		if err != nil {
			r.Error = message(err)
		}
		if err := write(r, cmd.OutOrStdout()); err != nil {
			return err
		}
		if err != nil {
			warn(cmd, "%s", r.Error)
			failed = errReported
		}
		for _, a := range r.SetAside {
			warn(cmd, "%s: damaged, and set aside: %s", a.File, a.Reason)
			failed = errReported
		}
	}
	return failed
}

const (
	// pause is the time between passes.
	pause = time.Second
	// settling is how long after a pass has sealed files another may fold them.
	settling = 12 * time.Second
)

// directory makes one pass, or passes until nothing is left to do.
func (c *compaction) directory(ctx context.Context, r *compactReport, pass func() (multiprocess.CompactResult, error)) error {
	settled := time.Now()
	if hasSealed(r.Dir) {
		settled = settled.Add(settling)
	}
	for {
		result, err := pass()
		r.add(&result)
		if err == nil && result.Untrusted {
			err = errUntrusted
		}
		if err != nil || !c.untilQuiet {
			return err
		}
		if result.Sealed > 0 {
			settled = time.Now().Add(settling)
		}
		active := result.Native+result.Python+result.Sealed+result.Discarded > 0 || result.Busy
		if !active && !time.Now().Before(settled) {
			return nil
		}
		select {
		case <-ctx.Done():
			return errInterrupted
		case <-time.After(pause):
		}
	}
}

// hasSealed reports whether a directory has sealed files, of which nobody knows
// for how long.
func hasSealed(dir string) bool {
	entries, _ := os.ReadDir(dir) // the pass says what is wrong
	for _, entry := range entries {
		if pyfile.IsSealed(entry.Name()) {
			return true
		}
	}
	return false
}

// add adds the result of a pass. What stays, and whether somebody else was busy,
// is that of the last one.
func (r *compactReport) add(result *multiprocess.CompactResult) {
	r.Passes++
	r.Native += result.Native
	r.Python += result.Python
	r.Sealed += result.Sealed
	r.Discarded += result.Discarded
	r.Bytes += result.Bytes
	r.Seconds += result.Duration.Seconds()
	r.Busy, r.Untrusted = result.Busy, result.Untrusted
	r.Skipped = nil
	for _, p := range result.Skipped {
		r.Skipped = append(r.Skipped, compactProblem{p.Path, p.Reason, message(p.Err)})
	}
	for _, a := range result.SetAside {
		r.SetAside = append(r.SetAside, compactAside{a.Path, a.Kept, a.Reason, message(a.Err)})
	}
}

func (r *compactReport) json(w io.Writer) error { return writeObject(w, r) }

// text writes the report for people to read.
func (r *compactReport) text(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n", r.Dir)
	line := func(what, format string, args ...any) {
		fmt.Fprintf(&b, "  %-9s  %s\n", what, fmt.Sprintf(format, args...))
	}
	if r.Native > 0 {
		line("folded", "%s of Polymeter's format", counted(r.Native, "file"))
	}
	if r.Python > 0 {
		line("folded", "%s of the Python client's format", counted(r.Python, "file"))
	}
	if r.Sealed > 0 {
		line("sealed", "%s of the Python client's format, to be folded in some ten seconds", counted(r.Sealed, "file"))
	}
	if r.Discarded > 0 {
		line("discarded", "%s from before the last boot", counted(r.Discarded, "file"))
	}
	if r.Bytes > 0 {
		line("freed", "%d bytes", r.Bytes)
	}
	for _, p := range r.Skipped {
		line("skipped", "%s: %s", printable(p.File), p.Reason)
	}
	for _, a := range r.SetAside {
		line("set aside", "%s: %s; what could be read of it is in a new one, and the file is %s", printable(a.File), a.Reason, a.whereabouts())
	}
	switch {
	case r.Busy:
		line("busy", "somebody else is folding this directory at the moment")
	case r.Native+r.Python+r.Sealed+r.Discarded+len(r.SetAside) == 0 && r.Error == "":
		line("quiet", "there is nothing to fold")
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// whereabouts says what became of the damaged file.
func (a *compactAside) whereabouts() string {
	if a.Kept == "" {
		return "gone"
	}
	return "kept as " + printable(a.Kept)
}
