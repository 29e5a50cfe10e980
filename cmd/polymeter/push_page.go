package main

import (
	"context"

	"github.com/spf13/cobra"

	"polymeter.dev/metric"
)

// keptPage is a page that is read to its end before anything is done with it, so that
// half of a broken one goes nowhere.
type keptPage struct{ families merged }

// read reads what an argument names.
func (p *keptPage) read(cmd *cobra.Command, source *pageSource, arg string) error {
	page, err := source.families(cmd, arg)
	if err != nil {
		return err
	}
	defer page.close()
	return page.each(cmd.Context(), p.keep)
}

func (p *keptPage) keep(f metric.Family) error {
	kept, err := metric.Copy(f)
	if err == nil {
		p.families = append(p.families, kept)
	}
	return err
}

// Collect implements [metric.Collector].
func (p *keptPage) Collect(ctx context.Context, emit func(metric.Family) error) error {
	return p.families.Collect(ctx, emit)
}
