package main

import (
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"polymeter.dev/metric"
)

// writeReport writes a report for people to read.
func writeReport(w io.Writer, r *report) error {
	fmt.Fprintf(w, "%s\n", r.path)
	if r.named {
		fmt.Fprintf(w, "  type     %s\n", r.name.Type)
		if mode := r.mode(); mode != "" {
			fmt.Fprintf(w, "  mode     %s\n", mode)
		}
		fmt.Fprintf(w, "  process  %s\n", printable(r.name.ID))
	} else {
		fmt.Fprintf(w, "  type     unknown: the name is not that of a metrics file\n")
	}
	fmt.Fprintf(w, "  size     %d bytes, %d in use\n", r.size, r.used)
	fmt.Fprintf(w, "  layout   %s\n", r.layout)
	fmt.Fprintf(w, "  entries  %d\n", len(r.entries))
	if len(r.entries) > 0 {
		if err := writeEntries(w, r); err != nil {
			return err
		}
	}
	if r.damage != nil {
		fmt.Fprintf(w, "  damaged at byte %d: %s\n", r.damage.Offset, r.damage.Reason)
	}
	_, err := fmt.Fprintln(w)
	return err
}

func writeEntries(w io.Writer, r *report) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "  OFFSET\tVALUE\tTIME\tKEY")
	for i := range r.entries {
		e := &r.entries[i]
		fmt.Fprintf(table, "  %d\t%s\t%s\t%s\n", e.Offset, metric.AppendValue(nil, e.Value), when(e.Time), printable(e.raw))
	}
	return table.Flush()
}

// when shows the time of an entry, which in a damaged file can be any number.
func when(seconds float64) string {
	const year10000 = 253402300800
	switch {
	case seconds == 0:
		return "-"
	case !(seconds > 0 && seconds < year10000):
		return strconv.FormatFloat(seconds, 'g', -1, 64)
	}
	whole, fraction := math.Modf(seconds)
	return time.Unix(int64(whole), int64(fraction*1e9)).UTC().Format("2006-01-02T15:04:05.000Z")
}

// printable escapes what could make a terminal do something else than show it.
func printable(s string) string {
	var b strings.Builder
	for _, r := range s {
		if strconv.IsPrint(r) {
			b.WriteRune(r)
			continue
		}
		quoted := strconv.QuoteRuneToASCII(r)
		b.WriteString(quoted[1 : len(quoted)-1])
	}
	return b.String()
}
