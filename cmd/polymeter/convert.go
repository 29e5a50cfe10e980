package main

import (
	"github.com/spf13/cobra"

	"polymeter.dev/exposition"
	"polymeter.dev/metric"
)

func newConvert() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "convert [flags] [FILE|-|URL]",
		Short: "Convert a page from one format to another",
		Long: `Convert reads a page from a file, a server or standard input, and writes it to
standard output in another format. Every format can be read and written. It goes
family by family, so that a page may be larger than the memory. The page must be
correct: it ends at the first mistake, which is shown with its place. In text some
mistakes can be read over with --lenient, which takes all or a list of lines, types,
metadata, groups, duplicates and histograms.

With --from auto the format is found out from the first 64 KiB and, of a file, from
its end. A page that shows no sign of another format there is taken for text, as
happens to a long page of OpenMetrics from a pipe that begins with counters and
gauges only; say --from openmetrics then.

Families that a format cannot say are left out and named on standard error, and
the command fails. The page is valid without them.`,
		Example: `  polymeter merge --to json /dev/shm/app > page.json
  polymeter convert --to openmetrics page.json
  polymeter convert --to json http://localhost:9090/metrics | jq .name
  polymeter convert --from protobuf --to text --escaping underscores page.pb
  polymeter convert --lenient lines,duplicates --to openmetrics windows.txt`,
		Args: cobra.ArbitraryArgs,
	}
	source := sourceFlags(cmd)
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
		if err := source.check(); err != nil {
			return err
		}
		if err := notEmpty("FILE or URL", args); err != nil {
			return err
		}
		switch len(args) {
		case 0:
			return convert(cmd, "-", source, format)
		case 1:
			return convert(cmd, args[0], source, format)
		}
		return usagef("%s given; convert one at a time", counted(len(args), "page"))
	}
	return cmd
}

func convert(cmd *cobra.Command, arg string, from *pageSource, to exposition.Format) error {
	page, err := from.open(cmd.Context(), cmd.InOrStdin(), arg)
	if err != nil {
		return err
	}
	defer page.close()
	decoder, err := page.decoder()
	if err != nil {
		return err
	}
	err = writePage(cmd, exposition.Decoded(decoder), to, page.name)
	for _, note := range leftOut(decoder) {
		warn(cmd, "%s: %s", page.name, note)
	}
	return err
}

// leftOut says what a decoder has left out of a page, as its format wants it.
func leftOut(d exposition.Decoder) (notes []string) {
	two, ok := d.(*exposition.OpenMetrics2Decoder)
	if !ok {
		return nil
	}
	if n := two.DroppedExemplars(); n > 0 {
		notes = append(notes, counted(n, "exemplar")+" left out for being malformed or misplaced")
	}
	if n := two.DroppedUnits(); n > 0 {
		notes = append(notes, counted(n, "unit")+" left out for not being the end of a name")
	}
	return notes
}
