package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"polymeter.dev/metric"
	"polymeter.dev/multiprocess"
)

func newBridge() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "bridge",
		Short: "Send a page to another monitoring system, again and again",
		Long: `Bridge sends what is on a page to a monitoring system that does not scrape, at every
interval and once more at its end. The page is a file or that of a server, read anew
each time, or what merge makes of a directory in which processes count.`,
		Example: `  polymeter bridge remote-write --url http://prometheus:9090/api/v1/write --label job=app /dev/shm/app
  polymeter bridge graphite --address graphite:2003 --tags http://localhost:8000/metrics`,
		Args: cobra.ArbitraryArgs,
		RunE: withoutCommand,
	}
	cmd.AddCommand(newBridgeGraphite(), newBridgeRemoteWrite())
	return cmd
}

// sender is what the packages below bridge have in common.
type sender interface {
	Push(ctx context.Context) error
	Run(ctx context.Context) error
	SelfMetrics() metric.Collector
}

// bridgeFlags are those that all bridges have.
type bridgeFlags struct {
	source *pageSource
	fold   *foldOptions
	every  time.Duration // how often to fold

	interval time.Duration
	once     bool
	timeout  time.Duration // of a push
	self     bool
	labels   []string
	level    string

	logger *slog.Logger // after check
}

func addBridgeFlags(cmd *cobra.Command, interval time.Duration) *bridgeFlags {
	f := &bridgeFlags{source: pageFlags(cmd)}
	flags := cmd.Flags()
	flags.DurationVar(&f.interval, "interval", interval, "time from one page to the next")
	flags.BoolVar(&f.once, "once", false, "send one page and end")
	flags.DurationVar(&f.timeout, "timeout", time.Minute, "how long to go on trying, with --once")
	flags.BoolVar(&f.self, "self-metrics", true, "send the metrics of the bridge itself as well")
	flags.StringArrayVar(&f.labels, "label", nil, "label to add to series that do not have it, as name=value; may be repeated")
	flags.StringVar(&f.level, "log-level", "info", "what to log: debug, info, warn or error")
	flags.DurationVar(&f.every, "fold-every", 10*time.Second, "how often to fold the files of dead processes in a directory; 0 is never")
	f.fold = foldFlags(cmd)
	return f
}

// check reports a wrong command line, and makes the logger.
func (f *bridgeFlags) check(log io.Writer) error {
	var level slog.Level
	switch err := level.UnmarshalText([]byte(f.level)); {
	case err != nil:
		return usagef("--log-level: %q is not one of debug, info, warn and error", f.level)
	case f.interval <= 0:
		return usagef("--interval: %v is not positive", f.interval)
	case f.timeout <= 0:
		return usagef("--timeout: %v is not positive", f.timeout)
	case f.every < 0:
		return usagef("--fold-every: %v is negative", f.every)
	}
	f.logger = slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: level}))
	if err := f.fold.check(); err != nil {
		return err
	}
	return f.source.check()
}

// bridged returns the argument, or the directory of the environment.
func bridged(args []string) (arg string, dir bool, err error) {
	if err := notEmpty("page", args); err != nil {
		return "", false, err
	}
	switch {
	case len(args) > 1:
		return "", false, usagef("%s given; a bridge takes one", counted(len(args), "page"))
	case len(args) == 1 && args[0] == "-":
		return "", false, usagef("standard input can be read only once; a bridge takes a file, a directory or a URL")
	case len(args) == 1:
		return args[0], !isURL(args[0]) && isDirectory(args[0]), nil
	}
	if arg = multiprocess.DirFromEnv(); arg == "" {
		return "", false, usagef("no page or directory given, and %s is not set", multiprocess.DirEnv)
	}
	return arg, true, nil
}

// run sends what an argument names, by the bridge that open makes of a collector.
func (f *bridgeFlags) run(cmd *cobra.Command, args []string, open func(metric.Collector) (sender, error)) error {
	arg, isDir, err := bridged(args)
	if err != nil {
		return err
	}
	if f.once {
		return f.sendOnce(cmd, arg, open)
	}
	page := &withOwn{page: &rereadPage{f.source, arg}}
	var dirs []string
	if isDir {
		dirs = []string{arg}
		if page.page, err = multiprocess.NewCollector(arg, &multiprocess.CollectorOptions{Logger: f.logger}); err != nil {
			return err
		}
	}
	bridge, err := open(page)
	if err != nil {
		return usagef("%s", message(err)) // there is nothing but what was given
	}
	if f.self {
		page.own = bridge.SelfMetrics()
	}
	ctx, stop := untilSignal(cmd.Context())
	defer stop()
	f.logger.Info("sending", "page", shownInput(arg), "interval", f.interval)
	var folding sync.WaitGroup
	folding.Go(func() { newFolder(dirs, f.every, f.fold, f.logger).run(ctx) })
	defer folding.Wait()
	return bridge.Run(ctx)
}

// sendOnce sends a page that was read to its end before.
func (f *bridgeFlags) sendOnce(cmd *cobra.Command, arg string, open func(metric.Collector) (sender, error)) error {
	page := new(keptPage)
	bridge, err := open(page)
	if err != nil {
		return usagef("%s", message(err))
	}
	if err := page.read(cmd, f.source, arg); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(cmd.Context(), f.timeout)
	defer cancel()
	return reportLines(cmd, bridge.Push(ctx))
}

// withOwn is a collector of a page and of a bridge's own metrics.
type withOwn struct{ page, own metric.Collector }

// Collect implements [metric.Collector].
func (w *withOwn) Collect(ctx context.Context, emit func(metric.Family) error) error {
	err := w.page.Collect(ctx, emit)
	if w.own == nil || ctx.Err() != nil {
		return err
	}
	return errors.Join(err, w.own.Collect(ctx, emit))
}

// String is what errors call it.
func (w *withOwn) String() string { return "page" }

// rereadPage is a collector that reads a page, or one file in which processes count,
// anew each time, and to its end: half of a broken page goes nowhere.
type rereadPage struct {
	source *pageSource
	arg    string
}

// Collect implements [metric.Collector].
func (p *rereadPage) Collect(ctx context.Context, emit func(metric.Family) error) error {
	if isShared(p.arg) {
		families, problems := multiprocess.Merge([]string{p.arg}, true)
		return errors.Join(merged(families).Collect(ctx, emit), errors.Join(problems...))
	}
	page, err := p.source.decoded(ctx, strings.NewReader(""), p.arg)
	if err != nil {
		return err
	}
	defer page.close()
	kept := new(keptPage)
	if err := page.each(ctx, kept.keep); err != nil {
		return err
	}
	return kept.Collect(ctx, emit)
}

// parseLabels reads labels of a flag.
func parseLabels(flag string, pairs []string) (map[string]string, error) {
	labels := map[string]string{}
	for _, pair := range pairs {
		name, value, found := strings.Cut(pair, "=")
		if !found {
			return nil, usagef("%s: %q is not of the form name=value", flag, pair)
		}
		if _, twice := labels[name]; twice {
			return nil, usagef("%s: label %q is given twice", flag, name)
		}
		labels[name] = value
	}
	return labels, nil
}

// reportLines reports each line of an error, which are about different things.
func reportLines(cmd *cobra.Command, err error) error {
	if err == nil {
		return nil
	}
	for line := range strings.Lines(err.Error()) {
		warn(cmd, "%s", message(fmt.Errorf("%s", strings.TrimSuffix(line, "\n"))))
	}
	return errReported
}
