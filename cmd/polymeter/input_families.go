package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"polymeter.dev/exposition"
	"polymeter.dev/metric"
)

// familySource is where families come from, once: a page, or what is merged of
// shared files.
type familySource struct {
	name      string // for messages
	collector metric.Collector
	close     func()

	units, native bool // whether its format has them
}

// families opens what an argument names: a page, or a directory or file that merge
// takes.
func (s *pageSource) families(cmd *cobra.Command, arg string) (*familySource, error) {
	if isShared(arg) {
		collector, err := merge(cmd, []string{arg}, true)
		return &familySource{name: arg, collector: collector, close: func() {}, units: true, native: true}, err
	}
	return s.decoded(cmd.Context(), cmd.InOrStdin(), arg)
}

// decoded opens a page.
func (s *pageSource) decoded(ctx context.Context, stdin io.Reader, arg string) (*familySource, error) {
	page, err := s.open(ctx, stdin, arg)
	if err != nil {
		return nil, err
	}
	decoder, err := page.decoder()
	if err != nil {
		page.close()
		return nil, err
	}
	return &familySource{
		name: page.name, collector: exposition.Decoded(decoder), close: page.close,
		units:  page.syntax != exposition.Text,
		native: page.syntax != exposition.Text && page.syntax != exposition.OpenMetrics,
	}, nil
}

// isShared reports whether an argument is the path of a directory, or of a file in
// which processes count.
func isShared(arg string) bool {
	if arg == "-" || isURL(arg) {
		return false
	}
	info, err := os.Stat(arg)
	return err == nil && (info.IsDir() || slices.Contains(sharedExtensions, filepath.Ext(arg)))
}

func isDirectory(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

// each passes the families to a function. The error names the page and the place.
func (f *familySource) each(ctx context.Context, visit func(metric.Family) error) error {
	err := f.collector.Collect(ctx, func(family metric.Family) error {
		if err := visit(family); err != nil {
			return fmt.Errorf("%s: %s", f.name, message(err))
		}
		return nil
	})
	if err != nil {
		return errorAt(f.name, err)
	}
	return nil
}
