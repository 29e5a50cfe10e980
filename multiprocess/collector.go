package multiprocess

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
	"time"

	"polymeter.dev/internal/gather"
	"polymeter.dev/internal/mapped"
	"polymeter.dev/metric"
)

// CollectorOptions are the settings of a [Collector]; nil means all defaults.
type CollectorOptions struct {
	// Also are further directories. Their files are merged as if they were in
	// the first one, but come after its own.
	Also []string
	// Modes overrides, by family name, the gauge modes that files say. Two
	// things it cannot change. When values were set is known of gauges only that
	// are declared in a mode of most recent; others are shown as they are
	// declared in the place of one, and are named as a conflict. And the dead
	// are folded by the mode that they declared: those of a live mode are gone
	// then, those of the mode all count for as long as archives keep them, and
	// of others there is only what they were together, which is not shown in
	// the mode all.
	Modes map[string]metric.GaugeMode
	// Logger gets a line when a file becomes damaged or files contradict each
	// other, not at every scrape; by default [slog.Default].
	Logger *slog.Logger
}

// Collector merges the files of all processes that share a directory into one
// set of families. Between scrapes it remembers what every file lists, so that
// the next one only reads values.
//
// A file that is damaged, foreign or unreadable never fails a scrape: what can
// be read of it is used, the rest is left out, named by [Collector.SelfMetrics]
// and logged. One that vanishes meanwhile is as good as never there. If one that
// counted before cannot be opened for want of descriptors or memory, all that the
// directory had at the last scrape is read once more, so that nothing goes back.
//
// A Collector may be used concurrently. Scrapes follow one another, but while
// one is emitting the next may read.
type Collector struct {
	dirs    []string
	options CollectorOptions

	turn   chan struct{} // whoever has sent to it may use the rest
	reader *reader
	plan   *plan
	spare  *totals
	logged map[string]bool

	mu    sync.Mutex
	stats scrapeStats
}

var (
	_ metric.Collector  = (*Collector)(nil)
	_ metric.Restricter = (*Collector)(nil)
)

// NewCollector returns a collector for the directory, or for that of the
// environment ([DirFromEnv]) if dir is empty; if that is empty too, the error is
// [ErrNoDirectory]. A directory need not exist yet: as long as it does not, it
// has no files. Other errors are a directory that cannot be opened, an invalid
// mode, and a platform on which processes cannot share files.
func NewCollector(dir string, o *CollectorOptions) (*Collector, error) {
	return newCollector(dir, o, mapped.System())
}

func newCollector(dir string, o *CollectorOptions, kernel mapped.Kernel) (*Collector, error) {
	dir, err := directory(dir)
	if err != nil {
		return nil, err
	}
	c := &Collector{turn: make(chan struct{}, 1), reader: newReader(kernel)}
	if o != nil {
		c.options = *o
	}
	for name, mode := range c.options.Modes {
		if !mode.Valid() {
			return nil, fmt.Errorf("multiprocess: mode %d of gauge %q is not valid", mode, name)
		}
	}
	for _, dir := range append([]string{dir}, c.options.Also...) {
		if err := c.addDirectory(dir); err != nil {
			return nil, err
		}
	}
	runtime.AddCleanup(c, (*reader).close, c.reader)
	return c, nil
}

func (c *Collector) addDirectory(dir string) error {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return fmt.Errorf("multiprocess: %w", err)
	}
	folder, err := mapped.OpenFolder(c.reader.kernel, dir)
	if err == nil {
		err = folder.Close()
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("multiprocess: %w", err)
	}
	if !slices.Contains(c.dirs, dir) {
		c.dirs = append(c.dirs, dir)
	}
	return nil
}

// Directories returns the absolute paths of the directories that are merged.
func (c *Collector) Directories() []string { return slices.Clone(c.dirs) }

// Collect implements [metric.Collector]. Families are sorted by name and series
// by their labels. It fails when a directory cannot be listed, after emitting
// what the others have and what that one had before, and when ctx is done or emit
// fails.
func (c *Collector) Collect(ctx context.Context, emit func(metric.Family) error) error {
	return c.collect(ctx, nil, nil, emit)
}

// CollectWith is Collect with families in memory counted in. Those that clash
// with files, or fail, are left out and are part of the error.
func (c *Collector) CollectWith(ctx context.Context, extra []Extra, emit func(metric.Family) error) error {
	return c.collect(ctx, nil, extra, emit)
}

// Restrict implements [metric.Restricter].
func (c *Collector) Restrict(names []string) metric.Collector {
	return &restricted{collector: c, names: slices.Clone(names)}
}

// restricted is a view of a collector.
type restricted struct {
	collector *Collector
	names     []string
}

// Collect emits the families of the view.
func (v *restricted) Collect(ctx context.Context, emit func(metric.Family) error) error {
	wants := func(d *metric.Desc) bool { return slices.ContainsFunc(v.names, d.Matches) }
	return v.collector.collect(ctx, wants, nil, emit)
}

// Guarded marks the view as safe to collect from.
func (v *restricted) Guarded(gather.Mark) {}

// Guarded marks the collector as safe to collect from: it trusts no file.
func (c *Collector) Guarded(gather.Mark) {}

func (c *Collector) collect(ctx context.Context, wants func(*metric.Desc) bool, extra []Extra, emit func(metric.Family) error) error {
	if publishesInto(ctx, c.dirs...) {
		return fmt.Errorf("multiprocess: %w", errFeedback)
	}
	t, listed := c.scrape(ctx)
	if t == nil {
		return listed
	}
	defer c.release(t)
	x, failed := gatherExtras(t.plan, extra, c.options.Modes)
	families := t.plan.families
	if len(x.families) > 0 {
		families = x.all()
	}
	m := merged{totals: t}
	for _, f := range families {
		if wants != nil && !wants(&f.desc) {
			continue
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		m.family, m.extra = f, x.of(f)
		if err := emit(&m); err != nil {
			return err
		}
	}
	return joinErrors(listed, failed)
}

// scrape reads all files and adds up their values. Without totals the scrape
// has failed; with them, the error is that of a directory.
func (c *Collector) scrape(ctx context.Context) (*totals, error) {
	select {
	case c.turn <- struct{}{}:
		defer func() { <-c.turn }()
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	begin := time.Now()
	listed := c.reader.list(ctx, c.dirs)
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	list := time.Now()
	if err := c.reader.read(ctx); err != nil {
		return nil, err
	}
	read := time.Now()
	if c.plan == nil || c.reader.stale {
		c.plan = c.reader.plan(c.options.Modes)
	}
	t := c.spare
	if c.spare = nil; t == nil {
		t = new(totals)
	}
	t.fill(c.plan, c.reader.sources)
	stats := c.reader.stats(c.plan)
	stats.list, stats.read, stats.merge = list.Sub(begin), read.Sub(list), time.Since(read)
	c.report(stats)
	if listed != nil {
		listed = fmt.Errorf("multiprocess: %w", listed)
	}
	return t, listed
}

// release keeps the memory of totals for the next scrape.
func (c *Collector) release(t *totals) {
	select {
	case c.turn <- struct{}{}:
		c.spare = t
		<-c.turn
	default: // a scrape is under way and has made its own
	}
}
