package main

import "github.com/spf13/cobra"

func newDiff() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "diff [flags] OLD NEW",
		Short: "Show how two pages differ",
		Long: `Diff compares two pages, which may be files, servers or standard input, and need
not have the same format. Of a directory, or of a file in which processes count,
the page is the one that merge makes of it. Diff shows families that were added and
removed, or whose type, help or unit has changed; series that were added and
removed; and values that have changed, with the difference where a counter,
histogram or summary counts. Every bucket and quantile is a series; native buckets
are shown with their bounds, where they have changed.

Timestamps, start times and exemplars are not compared, nor is the order. Units
and native buckets are only where both formats have them. Families have the names
that pages of text show.

The exit code is 0 when the pages are the same and 3 when they differ, since 1
means here, as in all commands, that something failed: a page that cannot be read.
It is 2 for a wrong command line.`,
		Example: `  polymeter diff before.txt after.txt
  polymeter diff --ignore-values page.txt http://localhost:9090/metrics
  polymeter diff --header "Authorization: Bearer $TOKEN" page.txt https://app.example.org/metrics
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
	ignoreValues := cmd.Flags().Bool("ignore-values", false, "leave the values of series out of the comparison")
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
	was, err := source.families(cmd, before)
	if err != nil {
		return err
	}
	c.old = map[string]*oldFamily{}
	err = was.each(cmd.Context(), c.keep)
	was.close()
	if err != nil {
		return err
	}
	is, err := source.families(cmd, after)
	if err != nil {
		return err
	}
	defer is.close()
	c.units = was.units && is.units
	c.native = was.native && is.native
	if err := is.each(cmd.Context(), c.compare); err != nil {
		return err
	}
	c.removed()
	return nil
}
