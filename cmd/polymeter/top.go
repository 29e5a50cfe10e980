package main

import (
	"slices"

	"github.com/spf13/cobra"

	"polymeter.dev/metric"
)

func newTop() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "top [flags] [FILE|-|URL|DIR]",
		Short: "Show what makes a page large",
		Long: `Top shows the families of a page that have the most series, or with --by bytes
those that take up the most bytes of text, and with --by labels the label names
with the most values. The page is that of a file, a server or standard input, or
what merge makes of a directory or of one file in which processes count.

Every bucket and quantile is a series, as it is for a server; le of buckets and
quantile of summaries are no labels here. Bytes are those of the text format,
whatever format the page has. Values of labels are counted up to 100,000 for each
name and two million for all; ≥ says that there are at least as many.`,
		Example: `  polymeter top http://localhost:9090/metrics
  polymeter top --by labels -n 5 page.txt
  polymeter top --by bytes --output json /dev/shm/app | jq -r .top[].family`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 1 {
				return usagef("%d pages given; look at one at a time", len(args))
			}
			return notEmpty("page", args)
		},
	}
	source := sourceFlags(cmd)
	output := outputFlag(cmd, "text, or json for one object")
	by := cmd.Flags().String("by", "series", "what to rank by: series, bytes or labels")
	n := cmd.Flags().IntP("number", "n", 10, "how many to show")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if err := source.check(); err != nil {
			return err
		}
		if err := checkOutput(*output, "text", "json"); err != nil {
			return err
		}
		if !slices.Contains([]string{"series", "bytes", "labels"}, *by) {
			return usagef("--by: %q is not one of series, bytes, labels", *by)
		}
		if *n <= 0 {
			return usagef("--number: %d is not positive", *n)
		}
		if len(args) == 0 {
			args = []string{"-"}
		}
		r := newRanking(*by, *n)
		if err := r.page(cmd, source, args[0]); err != nil {
			return err
		}
		if *output == "json" {
			return writeObject(cmd.OutOrStdout(), r.json())
		}
		return r.text(cmd.OutOrStdout())
	}
	return cmd
}

// ranking is what is known of the families of a page.
type ranking struct {
	by   string
	n    int
	name string

	families      int
	series, bytes int
	unsized       int // families that text cannot say
	largest       []familyMeasure
	labels        labelCounts
}

// familyMeasure is how large a family is. Its fields are the JSON form.
type familyMeasure struct {
	Family string `json:"family"`
	Type   string `json:"type"`
	Series int    `json:"series"`
	// Bytes is 0 when the text format cannot say the family.
	Bytes int `json:"bytes,omitempty"`
}

func newRanking(by string, n int) *ranking {
	return &ranking{by: by, n: n, labels: newLabelCounts(maxValuesOfLabel, maxValuesOfAll)}
}

// page measures all families of a page.
func (r *ranking) page(cmd *cobra.Command, source *pageSource, arg string) error {
	page, err := source.families(cmd, arg)
	if err != nil {
		return err
	}
	defer page.close()
	r.name = page.name
	return page.each(cmd.Context(), r.family)
}

// family measures a family, of which the samples pass by once.
func (r *ranking) family(f metric.Family) error {
	desc := f.Desc()
	m := familyMeasure{Family: desc.FullName(), Type: desc.Type.String()}
	r.labels.begin(boundLabel(desc.Type))
	watched := &watchedFamily{Family: f, see: func(s *metric.Sample) {
		n := seriesOf(s)
		m.Series += n
		r.labels.add(s.Labels, n)
	}}
	m.Bytes = textBytes(watched)
	if err := watched.finish(); err != nil {
		return err
	}
	if m.Bytes == 0 {
		r.unsized++
	}
	r.families++
	r.series += m.Series
	r.bytes += m.Bytes
	r.rank(m)
	return nil
}

// rank puts a family among the largest, if it is one of them. Of equals the
// first one stays first.
func (r *ranking) rank(m familyMeasure) {
	size := func(m familyMeasure) int {
		if r.by == "bytes" {
			return m.Bytes
		}
		return m.Series
	}
	at, _ := slices.BinarySearchFunc(r.largest, m, func(a, b familyMeasure) int {
		if size(a) >= size(b) {
			return -1
		}
		return 1
	})
	if at == r.n {
		return
	}
	r.largest = slices.Insert(r.largest, at, m)
	r.largest = r.largest[:min(len(r.largest), r.n)]
}

// seriesOf returns how many series a server makes of a sample.
func seriesOf(s *metric.Sample) int {
	switch {
	case s.Summary != nil:
		return len(s.Summary.Quantiles) + 2
	case s.Histogram == nil:
		return 1
	case s.Histogram.NoSum:
		return max(len(s.Histogram.Buckets), 1)
	}
	return max(len(s.Histogram.Buckets), 1) + 2
}
