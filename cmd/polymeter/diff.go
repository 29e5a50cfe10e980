package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"polymeter.dev/exposition"
	"polymeter.dev/metric"
)

func newDiff() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "diff [flags] OLD NEW",
		Short: "Show how two pages differ",
		Long: `Diff compares two pages, which may be files, servers or standard input, and need
not have the same format. It shows families that were added and removed, or whose
type, help or unit has changed; series that were added and removed; and values
that have changed, with the difference where a counter, histogram or summary
counts. Every bucket and quantile is a series.

Timestamps, start times and exemplars are not compared, nor is the order. Units
and native buckets are only where both formats have them. Families have the names
that pages of text show.

The exit code is 0 when the pages are the same and 3 when they differ, since 1
means here, as in all commands, that something failed: a page that cannot be read.
It is 2 for a wrong command line.`,
		Example: `  polymeter diff before.txt after.txt
  polymeter diff --ignore-values page.txt http://localhost:9090/metrics
  polymeter diff --output json before.txt after.txt | jq 'select(.delta < 0)'`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 2 {
				return usagef("%s given; diff compares two", counted(len(args), "page"))
			}
			if err := notEmpty("page", args); err != nil {
				return err
			}
			return once(args)
		},
	}
	source := sourceFlags(cmd)
	output := outputFlag(cmd, "text, or json for an object a line")
	ignoreValues := cmd.Flags().Bool("ignore-values", false, "compare only which families and series there are")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if err := source.check(); err != nil {
			return err
		}
		if err := checkOutput(*output, "text", "json"); err != nil {
			return err
		}
		c := &comparison{ignoreValues: *ignoreValues}
		if err := c.pages(cmd, source, args[0], args[1]); err != nil {
			return err
		}
		write := writeDifferences
		if *output == "json" {
			write = writeDifferencesJSON
		}
		if err := write(cmd.OutOrStdout(), c.found); err != nil {
			return err
		}
		if len(c.found) > 0 {
			return &exitError{code: exitFindings}
		}
		return nil
	}
	return cmd
}

// pages compares two pages. The old one is kept in memory, the new one passes by
// family by family.
func (c *comparison) pages(cmd *cobra.Command, source *pageSource, before, after string) error {
	c.old = map[string]*oldFamily{}
	was, err := eachFamily(cmd, source, before, c.keep)
	if err != nil {
		return err
	}
	is, err := source.open(cmd, after)
	if err != nil {
		return err
	}
	defer is.close()
	c.units = was != exposition.Text && is.syntax != exposition.Text
	c.native = hasNative(was) && hasNative(is.syntax)
	if err := decodeFamilies(cmd.Context(), is, c.compare); err != nil {
		return err
	}
	c.removed()
	return nil
}

// hasNative reports whether a format has native buckets.
func hasNative(s exposition.Syntax) bool { return s != exposition.Text && s != exposition.OpenMetrics }

// eachFamily passes the families of a page to a function and returns its format.
func eachFamily(cmd *cobra.Command, source *pageSource, arg string, visit func(metric.Family) error) (exposition.Syntax, error) {
	page, err := source.open(cmd, arg)
	if err != nil {
		return 0, err
	}
	defer page.close()
	return page.syntax, decodeFamilies(cmd.Context(), page, visit)
}

// decodeFamilies passes the families of a page to a function. The error names the
// page and the place.
func decodeFamilies(ctx context.Context, page *pageInput, visit func(metric.Family) error) error {
	decoder, err := page.decoder()
	if err != nil {
		return err
	}
	err = exposition.Decoded(decoder).Collect(ctx, func(f metric.Family) error {
		if err := visit(f); err != nil {
			return fmt.Errorf("%s: %s", page.name, message(err))
		}
		return nil
	})
	if err != nil {
		return errorAt(page.name, err)
	}
	return nil
}
