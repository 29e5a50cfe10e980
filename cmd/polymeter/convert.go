package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"polymeter.dev/exposition"
	"polymeter.dev/metric"
)

// A page that someone converts on purpose may be larger than one that comes
// over a network; these bounds keep a wrong file from taking all memory.
const (
	maxLineBytes = 1 << 30
	maxSamples   = 10_000_000
)

func newConvert() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "convert [flags] [FILE|-]",
		Short: "Convert a page from one format to another",
		Long: `Convert reads a page from a file, or from standard input, and writes it to
standard output in another format. The format that can be read is json: one
object a line for each family.

Families that a format cannot say are left out and named on standard error, and
the command fails. The page is valid without them.`,
		Example: `  polymeter merge --to json /dev/shm/app > page.json
  polymeter convert --from json --to openmetrics page.json`,
		Args: cobra.ArbitraryArgs,
	}
	from := cmd.Flags().String("from", "auto", "format to read: json, or auto to find out")
	to := toFlag(cmd)
	escaping := cmd.Flags().String("escaping", "allow-utf-8", "how to write names that are not legacy: allow-utf-8, underscores, dots or values")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		format, err := parseTo(*to)
		if err != nil {
			return err
		}
		if format.Escaping, err = metric.ParseEscaping(*escaping); err != nil {
			return usagef("--escaping: %s", message(err))
		}
		if err := checkFrom(*from); err != nil {
			return err
		}
		if err := notEmpty("FILE", args); err != nil {
			return err
		}
		switch len(args) {
		case 0:
			return convert(cmd, "-", *from, format)
		case 1:
			return convert(cmd, args[0], *from, format)
		}
		return usagef("%d files given; convert one at a time", len(args))
	}
	return cmd
}

// checkFrom reports a format that cannot be read.
func checkFrom(name string) error {
	switch name {
	case "auto", "json":
		return nil
	case "text", "openmetrics", "openmetrics2", "protobuf":
		return usagef("--from: format %q can be written but not read; only json can be read", name)
	}
	return usagef("--from: unknown format %q; only json can be read", name)
}

func convert(cmd *cobra.Command, path, from string, to exposition.Format) error {
	input, name := cmd.InOrStdin(), "stdin"
	if path != "-" {
		file, err := openPage(path)
		if err != nil {
			return err
		}
		defer file.Close()
		input, name = file, path
	}
	page := bufio.NewReader(input)
	if from == "auto" {
		if err := looksLikeJSON(page); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	options := &exposition.DecodeOptions{MaxLineBytes: maxLineBytes, MaxSamples: maxSamples}
	return writePage(cmd, exposition.Decoded(exposition.NewJSONDecoder(page, options)), to, name)
}

// openPage opens a file, which may be a pipe, but not a directory.
func openPage(path string) (*os.File, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, withoutOperation(err)
	}
	if info, err := file.Stat(); err == nil && info.IsDir() {
		file.Close()
		return nil, fmt.Errorf("%s: is a directory", path)
	}
	return file, nil
}

// looksLikeJSON reports a page that begins otherwise than JSON does. An empty
// page is one of any format, and one that begins with much white space is left
// to the decoder.
func looksLikeJSON(page *bufio.Reader) error {
	for n := 1; n <= page.Size(); n++ {
		head, err := page.Peek(n)
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		switch head[n-1] {
		case ' ', '\t', '\r', '\n':
		case '{':
			return nil
		default:
			return errors.New("this is not json, the only format that can be read")
		}
	}
	return nil
}
