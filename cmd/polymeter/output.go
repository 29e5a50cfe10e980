package main

import (
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"polymeter.dev/metric"
)

// outputFlag adds the flag that chooses how results are written.
func outputFlag(cmd *cobra.Command, usage string) *string {
	return cmd.Flags().StringP("output", "o", "text", "how to write the result: "+usage)
}

// checkOutput refuses a form of output that does not exist.
func checkOutput(name string, forms ...string) error {
	if !slices.Contains(forms, name) {
		return usagef("--output: %q is not one of %s", name, strings.Join(forms, ", "))
	}
	return nil
}

// once refuses arguments that name standard input more than once, since there is
// nothing left of it the second time.
func once(args []string) error {
	found := false
	for _, arg := range args {
		if arg == "-" && found {
			return usagef("standard input is given twice")
		}
		found = found || arg == "-"
	}
	return nil
}

// shownSeries shows a series as pages of text have it.
func shownSeries(name string, labels metric.Labels) string {
	switch {
	case !metric.IsLegacyMetricName(name) && labels.IsZero():
		return "{" + metric.QuoteMetricName(name) + "}"
	case !metric.IsLegacyMetricName(name):
		return "{" + metric.QuoteMetricName(name) + "," + labels.Text() + "}"
	case labels.IsZero():
		return name
	}
	return name + labels.String()
}
