package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"time"

	"github.com/spf13/cobra"

	"polymeter.dev/metrichttp"
	"polymeter.dev/multiprocess"
)

const (
	// maxWorkers is more than any demonstration needs.
	maxWorkers = 64
	// victim is the number of the worker that is killed.
	victim = 2
)

func newDemo() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "demo [flags]",
		Short: "Show the whole idea: processes that count, one that is killed, and their sum",
		Long: `Demo starts worker processes that count for about a second, each in files of
its own in a temporary directory. One is killed with SIGKILL on the way. The page
on which all of them add up is served on this machine, fetched once over HTTP,
printed, and compared with what the workers say they have counted. The command
fails if that differs. It leaves nothing behind.`,
		Example: `  polymeter demo
  polymeter demo --stay --addr 127.0.0.1:9090`,
		Args: noArguments,
	}
	d := &demo{}
	cmd.Flags().BoolVar(&d.stay, "stay", false, "go on serving the page until interrupted")
	cmd.Flags().IntVar(&d.workers, "workers", 4, "how many processes count, from 2 on")
	cmd.Flags().StringVar(&d.addr, "addr", "127.0.0.1:0", "address to serve the page on; port 0 is any that is free")
	cmd.Flags().DurationVar(&d.duration, "duration", time.Second, "how long they count")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if d.workers < 2 || d.workers > maxWorkers {
			return usagef("--workers: %d is not between 2 and %d", d.workers, maxWorkers)
		}
		if d.duration <= 0 {
			return usagef("--duration: %v is not positive", d.duration)
		}
		d.out, d.errors = cmd.OutOrStdout(), cmd.ErrOrStderr()
		ctx, stop := untilSignal(cmd.Context())
		defer stop()
		return d.run(ctx)
	}
	return cmd
}

// demo is one demonstration.
type demo struct {
	stay     bool
	workers  int
	addr     string
	duration time.Duration

	out, errors io.Writer
	dir         string
	crew        *crew
	server      *metrichttp.Server
}

func (d *demo) run(ctx context.Context) (err error) {
	ignoreBrokenPipe() // or else nobody would clean up
	if d.dir, err = os.MkdirTemp("", "polymeter-demo-"); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(d.dir)) }()
	if err := d.serve(); err != nil {
		return err
	}
	defer d.shutdown()
	d.crew = newCrew(ctx, d.dir, d.errors)
	defer d.crew.kill()
	if err := d.count(); err != nil {
		return err
	}
	if err := d.show(ctx); err != nil {
		return err
	}
	if d.stay {
		fmt.Fprintf(d.out, "\nStill serving %s. Press Ctrl-C to end.\n", d.url())
		return d.server.Serve(ctx)
	}
	return d.crew.dismiss()
}

// serve starts to serve the merge of the directory, in which there is nothing
// yet.
func (d *demo) serve() error {
	collector, err := multiprocess.NewCollector(d.dir, nil)
	if err != nil {
		return err
	}
	logger := slog.New(slog.NewTextHandler(d.errors, nil))
	// The page is to be read by a person, so it has nothing but the demo's.
	routes := metrichttp.Routes(collector, &metrichttp.HandlerOptions{Logger: logger, DisableSelfMetrics: true})
	d.server, err = startServer(d.addr, routes, logger)
	return err
}

func (d *demo) shutdown() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	_ = d.server.Shutdown(ctx) // nobody is left to care
}

func (d *demo) url() string { return metricsURL(d.server.Addr()) }

// count lets the workers count, and kills one of them half way.
func (d *demo) count() error {
	fmt.Fprintf(d.out, "Starting %d workers that count in %s for %v...\n", d.workers, d.dir, d.duration)
	for number := 1; number <= d.workers; number++ {
		duration := d.duration
		if number == victim {
			duration /= 2
		}
		if err := d.crew.start(number, duration); err != nil {
			return fmt.Errorf("start a worker: %w", err)
		}
	}
	if err := d.killOne(); err != nil {
		return err
	}
	for _, w := range d.crew.workers {
		if w.ended {
			continue
		}
		if err := d.crew.await(w, d.duration); err != nil {
			return err
		}
	}
	return nil
}

// killOne kills the victim once it has counted.
func (d *demo) killOne() error {
	w := d.crew.workers[victim-1]
	if err := d.crew.await(w, d.duration); err != nil {
		return err
	}
	if err := w.kill(); err != nil {
		return fmt.Errorf("kill %s: %w", w.name, err)
	}
	fmt.Fprintf(d.out, "Killed %s, process %d, with SIGKILL.\n", w.name, w.pid())
	return nil
}

// show fetches and prints the page, compares it with what was acknowledged, and
// explains.
func (d *demo) show(ctx context.Context) error {
	page, took, err := fetch(ctx, d.url())
	if err != nil {
		return fmt.Errorf("scrape %s: %w", d.url(), err)
	}
	fmt.Fprintf(d.out, "Scraped %s in %v:\n\n%s", d.url(), took.Round(100*time.Microsecond), page)
	totals, err := addUp(page)
	if err != nil {
		return err
	}
	if err := d.check(totals); err != nil {
		return err
	}
	d.explain(totals)
	return nil
}
