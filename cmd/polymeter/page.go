package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"polymeter.dev/exposition"
	"polymeter.dev/metric"
)

// toFlag adds the flag that chooses the format of a page that is written.
func toFlag(cmd *cobra.Command) *string {
	return cmd.Flags().String("to", "text", "format to write: text, openmetrics, openmetrics2, protobuf or json")
}

func parseTo(name string) (exposition.Format, error) {
	format, err := exposition.ParseFormat(name)
	if err != nil {
		return format, usagef("--to: %s", message(err))
	}
	return format, nil
}

// writePage writes what c collects to standard output. Every family that the
// page lacks is reported; the page is valid without.
func writePage(cmd *cobra.Command, c metric.Collector, f exposition.Format, input string) error {
	_, err := exposition.Write(cmd.Context(), cmd.OutOrStdout(), c, f, &exposition.Options{RawLimit: maxSamples})
	if err == nil {
		return nil
	}
	for _, err := range flatten(err) {
		warn(cmd, "%s", located(input, err))
	}
	return errReported
}

// located renders an error about an input in the way of compilers, with the
// position where there is one. The protobuf format has no lines.
func located(input string, err error) string {
	var decode *exposition.DecodeError
	if errors.As(err, &decode) {
		if decode.Line == 0 {
			return fmt.Sprintf("%s: byte %d: %s", input, decode.Offset, decode.Problem())
		}
		return fmt.Sprintf("%s:%d:%d: %s", input, decode.Line, decode.Column, decode.Problem())
	}
	var unreadable *inputError
	if errors.As(err, &unreadable) {
		err = unreadable
	}
	return message(err)
}

// errorAt is an error that says what located does.
func errorAt(input string, err error) error { return errors.New(located(input, err)) }

// flatten returns the errors that were joined in err.
func flatten(err error) []error {
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok {
		return []error{err}
	}
	var all []error
	for _, err := range joined.Unwrap() {
		all = append(all, flatten(err)...)
	}
	return all
}
