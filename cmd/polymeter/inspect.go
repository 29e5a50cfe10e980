package main

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"polymeter.dev/internal/pyfile"
	"polymeter.dev/metric"
)

func newInspect() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "inspect [flags] FILE...",
		Short: "Show what is in a store file, record by record",
		Long: `Inspect shows a file in which a process keeps its metrics: what its name and
header say, and every entry with its offset, value, time and key. Where a file
is damaged, the offset and the reason are shown behind the entries before, and
the command fails.`,
		Example: `  polymeter inspect /dev/shm/app/counter_17.db
  polymeter inspect --json gauge_livesum_17.db | jq .entries[].value`,
		Args: cobra.ArbitraryArgs,
	}
	asJSON := cmd.Flags().Bool("json", false, "write one JSON object a line for each file")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if len(args) == 0 {
			return usagef("no file given")
		}
		write := writeReport
		if *asJSON {
			write = writeReportJSON
		}
		return inspect(cmd, args, write)
	}
	return cmd
}

// inspect writes a report on each file. It goes on after a file that cannot be
// read or is damaged, and fails in the end.
func inspect(cmd *cobra.Command, paths []string, write func(io.Writer, *report) error) error {
	out := bufio.NewWriter(cmd.OutOrStdout())
	var failed error
	for _, path := range paths {
		r, err := inspectFile(path)
		if err != nil {
			warn(cmd, "%v", err)
			failed = errReported
			continue
		}
		if err := write(out, r); err != nil {
			return err
		}
		if r.damage != nil {
			if err := out.Flush(); err != nil {
				return err
			}
			warn(cmd, "%s: damaged at byte %d: %s", path, r.damage.Offset, r.damage.Reason)
			failed = errReported
		}
	}
	if err := out.Flush(); err != nil {
		return err
	}
	return failed
}

// report is what is known about one file.
type report struct {
	path    string
	size    int64
	used    int64
	layout  pyfile.Layout
	name    pyfile.Name
	named   bool // whether the name is that of a metrics file
	entries []entry
	damage  *pyfile.DamageError
}

// entry is one entry of a file.
type entry struct {
	raw string // the key as it stands in the file
	pyfile.Record
}

func inspectFile(path string) (*report, error) {
	data, err := readRegular(path)
	if err != nil {
		return nil, err
	}
	r := &report{path: path, size: int64(len(data))}
	r.name, r.named = pyfile.ParseName(filepath.Base(path))
	if len(data) >= 4 {
		r.used = int64(int32(binary.NativeEndian.Uint32(data)))
	}
	layout, records, err := pyfile.Decode(data)
	r.layout = layout
	for _, record := range records {
		r.entries = append(r.entries, entry{rawKey(data, record.Offset), record})
	}
	if errors.As(err, &r.damage) {
		return r, nil
	}
	return r, err
}

// rawKey returns the key of the entry at the offset, which was decoded before.
func rawKey(data []byte, offset int64) string {
	length := binary.NativeEndian.Uint32(data[offset:])
	return string(data[offset+4 : offset+4+int64(length)])
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

// mode returns the gauge mode, or "" for other types.
func (r *report) mode() string {
	if r.name.Type != metric.TypeGauge {
		return ""
	}
	return r.name.Mode.String()
}
