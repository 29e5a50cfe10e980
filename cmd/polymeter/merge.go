package main

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"polymeter.dev/metric"
	"polymeter.dev/multiprocess"
)

func newMerge() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "merge [flags] [DIR|FILE]...",
		Short: "Merge the files of many processes into one page",
		Long: `Merge adds up what many processes have counted in shared files and writes it to
standard output as one page. It reads Polymeter's own files (.pm), and those of
the Python client's format (.db) in both of its layouts, archives of processes
that have died included. Of a directory it takes all of these; without
arguments, those of the directory that the environment variable
` + multiprocess.DirEnv + ` names.

Files that are damaged, foreign or contradict others are named on standard
error; what can be read of them counts. The command fails only when nothing can
be read at all, or when the format cannot say a family.`,
		Example: `  polymeter merge /dev/shm/app
  polymeter merge --to openmetrics counter_17.db counter_18.db`,
		Args: cobra.ArbitraryArgs,
	}
	to := toFlag(cmd)
	separate := cmd.Flags().Bool("no-accumulate", false, "show histogram buckets as files have them: one by one, not cumulative")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		format, err := parseTo(*to)
		if err != nil {
			return err
		}
		if err := notEmpty("DIR or FILE", args); err != nil {
			return err
		}
		if len(args) == 0 {
			if args = []string{multiprocess.DirFromEnv()}; args[0] == "" {
				return usagef("no directory or file given, and %s is not set", multiprocess.DirEnv)
			}
		}
		families, err := merge(cmd, args, !*separate)
		if err != nil {
			return err
		}
		return writePage(cmd, families, format, "")
	}
	return cmd
}

// merge merges files and those in directories.
func merge(cmd *cobra.Command, paths []string, accumulate bool) (metric.Collector, error) {
	readable := usable(cmd, paths)
	if len(readable) == 0 {
		return nil, errReported
	}
	families, problems := multiprocess.Merge(readable, accumulate)
	for _, problem := range problems {
		warn(cmd, "%s", message(problem))
	}
	if len(families) == 0 && len(problems) > 0 {
		return nil, errors.New("nothing could be read")
	}
	return merged(families), nil
}

// usable returns the paths that exist. One that does not is reported, and so is a
// directory without anything to merge.
func usable(cmd *cobra.Command, paths []string) []string {
	var found []string
	for _, path := range paths {
		info, err := os.Stat(path)
		if err == nil && info.IsDir() && !hasMetrics(path) {
			warn(cmd, "directory %q has no metrics files", path)
		}
		if err != nil {
			warn(cmd, "%v", withoutOperation(err))
			continue
		}
		found = append(found, path)
	}
	return found
}

// hasMetrics reports whether a directory has files that may be merged.
func hasMetrics(dir string) bool {
	entries, err := os.ReadDir(dir)
	return err != nil || slices.ContainsFunc(entries, func(e os.DirEntry) bool {
		return !strings.HasPrefix(e.Name(), ".") && slices.Contains(sharedExtensions, filepath.Ext(e.Name()))
	})
}

// sharedExtensions are those of the files that merge takes of a directory.
var sharedExtensions = []string{".pm", ".db"}

// withoutOperation leaves the system call out of an error about a path.
func withoutOperation(err error) error {
	var path *fs.PathError
	if !errors.As(err, &path) {
		return err
	}
	return errors.New(path.Path + ": " + path.Err.Error())
}

// merged is a collector of families that are all there.
type merged []*metric.Snapshot

// Collect implements [metric.Collector].
func (m merged) Collect(_ context.Context, emit func(metric.Family) error) error {
	for _, f := range m {
		if err := emit(f); err != nil {
			return err
		}
	}
	return nil
}
