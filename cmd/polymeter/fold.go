package main

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/spf13/cobra"

	"polymeter.dev/multiprocess"
)

// errUntrusted says that nothing can be folded in a directory.
var errUntrusted = errors.New("the system does not show who uses a file on this file system, so all count as alive; see polymeter doctor")

// foldOptions say how the files of dead processes are folded.
type foldOptions struct {
	retain time.Duration // zero for not at all
	vouch  bool
}

// foldFlags adds the flags of commands that fold.
func foldFlags(cmd *cobra.Command) *foldOptions {
	o := &foldOptions{}
	cmd.Flags().DurationVar(&o.retain, "retain-gauges", 10*time.Minute,
		"how long to show what dead processes have left in gauges of the mode all; 0 is not at all")
	cmd.Flags().BoolVar(&o.vouch, "vouch-pids", false,
		"vouch for all processes being in one pid namespace, this one included; matters where the system gives no leases")
	return o
}

// check reports values that make no sense.
func (o *foldOptions) check() error {
	if o.retain < 0 {
		return usagef("--retain-gauges: %v is negative", o.retain)
	}
	return nil
}

// compact makes one pass over a directory.
func (o *foldOptions) compact(ctx context.Context, dir string, logger *slog.Logger) (multiprocess.CompactResult, error) {
	retention := o.retain
	if retention == 0 {
		retention = -1 // there, zero is the default
	}
	return multiprocess.Compact(ctx, dir, &multiprocess.CompactOptions{Retention: retention, VouchPIDs: o.vouch, Logger: logger})
}

// folder folds the dead of directories again and again. A pass that fails is no
// reason to end, nor to fill the log.
type folder struct {
	dirs   []string
	every  time.Duration
	pass   func(ctx context.Context, dir string) error
	logger *slog.Logger

	failing map[string]bool // directories whose last pass failed
}

// newFolder returns a folder with passes that do it.
func newFolder(dirs []string, every time.Duration, o *foldOptions, logger *slog.Logger) *folder {
	pass := func(ctx context.Context, dir string) error {
		r, err := o.compact(ctx, dir, logger)
		if err == nil && r.Untrusted {
			err = errUntrusted
		}
		if r.Native+r.Python+r.Discarded > 0 {
			logger.Debug("folded dead processes", "dir", dir, "files", r.Native+r.Python, "discarded", r.Discarded, "bytes", r.Bytes)
		}
		return err
	}
	return &folder{dirs: dirs, every: every, pass: pass, logger: logger}
}

// run folds at once and then at each interval, until ctx is done.
func (f *folder) run(ctx context.Context) {
	if f.every == 0 {
		return
	}
	ticker := time.NewTicker(f.every)
	defer ticker.Stop()
	for {
		for _, dir := range f.dirs {
			f.note(ctx, dir, f.pass(ctx, dir))
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

// note logs when passes begin to fail, and when they work again.
func (f *folder) note(ctx context.Context, dir string, err error) {
	switch {
	case ctx.Err() != nil:
	case err != nil && !f.failing[dir]:
		if f.failing == nil {
			f.failing = map[string]bool{}
		}
		f.failing[dir] = true
		f.logger.Warn("folding dead processes fails", "dir", dir, "error", err)
	case err == nil && f.failing[dir]:
		delete(f.failing, dir)
		f.logger.Info("folding dead processes works again", "dir", dir)
	}
}
