package main

import (
	"bufio"
	"fmt"
	"io"
	"math"
	"os"

	"github.com/spf13/cobra"
)

func newInspect() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "inspect [flags] FILE...",
		Short: "Show what is in a store file, record by record",
		Long: `Inspect shows files in which processes keep their metrics, and archives of those
that have ended: what name and header say, and every record with its offset and
what it stands for. It reads Polymeter's own format (.pm), where a record may be
a family, a series with its values, native buckets, an exemplar, what archives
need for exact sums, or the names of files that they have absorbed; and the
Python client's format (.db), where each entry is a value with its time and key.

Where a file is damaged, the offset and the reason are shown behind the records
before, and the command fails.`,
		Example: `  polymeter inspect /dev/shm/app/*.pm
  polymeter inspect --json archive.pm | jq '.records[].series | select(.)'
  polymeter inspect --json gauge_livesum_17.db | jq .entries[].value`,
		Args: cobra.ArbitraryArgs,
	}
	asJSON := cmd.Flags().Bool("json", false, "write one JSON object a line for each file")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if len(args) == 0 {
			return usagef("no file given")
		}
		if err := notEmpty("FILE", args); err != nil {
			return err
		}
		write := report.text
		if *asJSON {
			write = writeJSON
		}
		return inspect(cmd, args, write)
	}
	return cmd
}

// report is what is known about one file.
type report interface {
	text(io.Writer) error
	json() any
	damaged() *jsonDamage
}

func writeJSON(r report, w io.Writer) error { return writeObject(w, r.json()) }

// inspect writes a report on each file. It goes on after a file that cannot be
// read or is damaged, and fails in the end.
func inspect(cmd *cobra.Command, paths []string, write func(report, io.Writer) error) error {
	out := bufio.NewWriter(cmd.OutOrStdout())
	var failed error
	for _, path := range paths {
		r, err := inspectFile(path)
		if err != nil {
			warn(cmd, "%v", err)
			failed = errReported
			continue
		}
		if err := write(r, out); err != nil {
			return err
		}
		if damage := r.damaged(); damage != nil {
			if err := out.Flush(); err != nil {
				return err
			}
			warn(cmd, "%s: damaged at byte %d: %s", path, damage.Offset, damage.Reason)
			failed = errReported
		}
	}
	if err := out.Flush(); err != nil {
		return err
	}
	return failed
}

func inspectFile(path string) (report, error) {
	data, err := readRegular(path)
	if err != nil {
		return nil, err
	}
	if isNative(path, data) {
		return inspectNative(path, data), nil
	}
	return inspectPython(path, data)
}

// readRegular reads a file, but not from a pipe or device, which might never
// end.
func readRegular(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, withoutOperation(err)
	}
	if info.IsDir() {
		return nil, fmt.Errorf("%s: is a directory; name the files in it", path)
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s: not a regular file", path)
	}
	if info.Size() > math.MaxInt32 {
		return nil, fmt.Errorf("%s: %d bytes are more than a store file can have", path, info.Size())
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, withoutOperation(err)
	}
	return data, nil
}
