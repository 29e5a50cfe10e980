package multiprocess

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"sync"
	"time"

	"polymeter.dev/internal/cell"
	"polymeter.dev/internal/mapped"
)

// Format is which files a [Store] writes. A [Collector] reads all of them side
// by side.
type Format uint8

const (
	// FormatAuto is what the environment variable [FormatEnv] says, and
	// FormatNative when it is not set.
	FormatAuto Format = iota
	// FormatNative is the format of this package, which keeps everything that a
	// registry can show.
	FormatNative
	// FormatPython is that of the Python client, for directories whose metrics
	// Python processes show, too.
	FormatPython
)

// FormatEnv is the environment variable that says in which format stores write
// that do not say so themselves: "native" or "python".
const FormatEnv = "POLYMETER_MULTIPROC_FORMAT"

// Options are the settings of a [Store]; the zero value of each is the default.
type Options struct {
	// Format is the format of the files.
	Format Format
	// Identifier returns what tells this process from the others that share
	// the directory, and becomes the pid label of its gauges; by default the
	// process id. It is called once. Characters other than ASCII letters,
	// digits, dots and hyphens become hyphens. When another living process, or
	// another Store, already uses the identifier P, this Store takes P-2, P-3
	// and so on. In the Python format, a process that restarts under the same
	// identifier goes on counting where its predecessor stopped.
	Identifier func() string
	// Layout is the layout of files in the Python format.
	Layout Layout
	// DirMode are the permissions of the directory, if it has to be made;
	// by default 0700.
	DirMode fs.FileMode
	// FileMode are the permissions of the files; by default 0600.
	FileMode fs.FileMode
	// Interval is how often the store looks after itself: publishes what
	// collectors compute, moves series into its file for which there was no
	// room before, and notices that somebody has removed its file. By default
	// every 5 seconds.
	Interval time.Duration
	// NoCompact keeps Open from starting to fold, in the background and once,
	// what processes have left that have ended; see [Compact].
	NoCompact bool
	// Logger is told when a file cannot be opened, or opened only under another
	// identifier; by default slog.Default().
	Logger *slog.Logger
}

const defaultInterval = 5 * time.Second

// Store keeps the values of one process's metrics in files that every process
// can read. It may be used concurrently.
//
// In the native format that is everything a registry has, in one file, but for
// the quantiles of summaries. In the Python format it is counters, gauges,
// classic histograms, and summaries without quantiles; of a histogram that has
// native buckets as well, the classic ones. What the format cannot keep stays in
// the memory of the process, as do series for which a full disk has no room.
//
// The directory should be on a file system in memory, such as /dev/shm: the
// files need to survive processes, not power cuts.
type Store struct {
	dir      string
	interval time.Duration
	logger   *slog.Logger

	mu       sync.Mutex
	format   format
	failures uint64
	failing  map[string]bool // of which part of the format the last attempt failed, and the log knows
	members  []Member
	closing  bool
	closed   bool

	end       sync.Mutex // whoever closes or renews the store has it
	news      news
	keeper    keeper
	published publications

	compacting     sync.WaitGroup
	stopCompacting context.CancelFunc // nil without compacting
}

var _ cell.Backend = (*Store)(nil)

// format is how a store keeps series. The store's lock is held for all calls.
type format interface {
	// supports reports whether files can hold the family at all.
	supports(spec *cell.Spec) bool
	// part names the file that the family goes to, as far as failing is
	// concerned.
	part(spec *cell.Spec) string
	open(spec *cell.Spec, values []string) (cell.Place, []conflict, error)
	remove(spec *cell.Spec, values []string)
	identifier() string
	// lost reports whether somebody has removed a file.
	lost() bool
	// forget lets go of all files, and begins anew with the next series.
	forget() error
	// close lets go of all files for good.
	close() error
	fill(stats *Stats)
}

// settings are what both formats need to know.
type settings struct {
	dir      string
	fileMode fs.FileMode
	kernel   mapped.Kernel
	// lock is that of the store.
	lock *sync.Mutex
}

// Open returns a Store in the given directory, which it makes if need be; an
// empty dir stands for the one in the environment, see [DirEnv]. Files appear
// when there is something to put in them. On platforms without shared files
// the error says so.
func Open(dir string, o *Options) (*Store, error) {
	if o == nil {
		o = &Options{}
	}
	return open(dir, *o, mapped.System())
}

func open(dir string, o Options, kernel mapped.Kernel) (*Store, error) {
	dir, err := directory(dir)
	if err != nil {
		return nil, err
	}
	o.setDefaults()
	s := &Store{dir: dir, interval: o.Interval, logger: o.Logger, failing: map[string]bool{}}
	if err := os.MkdirAll(dir, o.DirMode); err != nil {
		return nil, fmt.Errorf("multiprocess: %w", err)
	}
	opened, err := mapped.OpenDirectory(kernel, dir)
	if err != nil { // early, because it says that files cannot be shared here at all
		return nil, fmt.Errorf("multiprocess: %w", err)
	}
	if err := opened.Close(); err != nil {
		return nil, fmt.Errorf("multiprocess: %w", err)
	}
	if s.format, err = o.newFormat(settings{dir, o.FileMode, kernel, &s.mu}); err != nil {
		return nil, err
	}
	if !o.NoCompact {
		s.startCompacting()
	}
	return s, nil
}

func (o *Options) setDefaults() {
	if o.DirMode == 0 {
		o.DirMode = 0o700
	}
	if o.FileMode == 0 {
		o.FileMode = 0o600
	}
	if o.Interval <= 0 {
		o.Interval = defaultInterval
	}
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
}

func (o *Options) newFormat(s settings) (format, error) {
	identifier := ""
	if o.Identifier != nil {
		identifier = o.Identifier()
	}
	identifier = sanitize(identifier)
	chosen := o.Format
	if chosen == FormatAuto {
		var err error
		if chosen, err = formatFromEnv(); err != nil {
			return nil, err
		}
	}
	switch chosen {
	case FormatNative:
		return newNativeFormat(s, identifier), nil
	case FormatPython:
		layout, err := chooseLayout(s.kernel, o.Layout, s.dir)
		if err != nil {
			return nil, err
		}
		return newPythonFormat(s, identifier, layout), nil
	}
	return nil, fmt.Errorf("multiprocess: unknown format %d", o.Format)
}

func formatFromEnv() (Format, error) {
	switch name := os.Getenv(FormatEnv); name {
	case "", "native":
		return FormatNative, nil
	case "python":
		return FormatPython, nil
	default:
		return 0, fmt.Errorf("multiprocess: %s is %q, not native or python", FormatEnv, name)
	}
}

// startCompacting folds in the background what processes have left that have
// ended, until the store is closed. Whatever keeps it from that is no matter of
// this process.
func (s *Store) startCompacting() {
	ctx, stop := context.WithCancel(context.Background())
	s.stopCompacting = stop
	s.compacting.Go(func() {
		if _, err := Compact(ctx, s.dir, nil); err != nil {
			s.logger.Debug("multiprocess: nothing folded", "dir", s.dir, "error", err)
		}
	})
}

// Dir returns the directory.
func (s *Store) Dir() string { return s.dir }

// Identifier returns what the newest of the store's files have as their pid.
func (s *Store) Identifier() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.format.identifier()
}

// Open returns the place of a series, under the contract of [cell.Backend]: the
// error is cell.ErrUnsupported for kinds of metrics that the files cannot
// hold, cell.ErrClosed after Close, and else wraps that of the system, such as
// syscall.ENOSPC.
func (s *Store) Open(spec *cell.Spec, values []string) (cell.Place, error) {
	if len(values) != len(spec.LabelNames) {
		return cell.Place{}, fmt.Errorf("multiprocess: metric %q has %d label names, but got %d values",
			spec.Name, len(spec.LabelNames), len(values))
	}
	if !s.format.supports(spec) {
		return cell.Place{}, cell.ErrUnsupported
	}
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return cell.Place{}, cell.ErrClosed
	}
	place, conflicts, err := s.format.open(spec, values)
	part := s.format.part(spec)
	changed := s.failing[part] != (err != nil)
	s.failing[part] = err != nil
	if err != nil {
		s.failures++
		err = fmt.Errorf("multiprocess: open series of %q: %w", spec.Name, err)
	}
	s.mu.Unlock()
	s.report(conflicts, changed, err)
	return place, err
}

// Remove forgets a series as far as the format can. In the native format it is
// deleted, and what this process counted in it is gone from every page. In the
// Python format, entries cannot be taken out of a file: counters, histograms and
// summaries keep what was counted, and go on from there when they are opened
// again; a gauge becomes what changes no merged value: +Inf for modes of min,
// -Inf for modes of max, never set for modes of mostrecent, and zero for the
// others; opened again, it is zero.
func (s *Store) Remove(spec *cell.Spec, values []string) {
	if len(values) != len(spec.LabelNames) {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.closed {
		s.format.remove(spec, values)
	}
}

// Close lets go of the files: their values stay and go on counting in the merge
// as those of a process that has ended, so that gauges of live modes are gone.
// Collectors that are published run once more before; one that is still at work is
// waited for as long as it may take.
// Updates that come later, through places that were opened before, have no
// effect. Close may be called at any moment and again.
func (s *Store) Close() error {
	if s.stopCompacting != nil {
		s.stopCompacting()
	}
	s.compacting.Wait()
	s.endPublishing()
	s.keeper.stop()
	s.end.Lock()
	defer s.end.Unlock()
	failed := s.publishLast()
	s.mu.Lock()
	members := s.members
	s.closing, s.members = true, nil
	s.mu.Unlock()
	for _, m := range members {
		m.Closed() // may come back here
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil
	}
	s.closed = true
	if err := errors.Join(failed, s.format.close()); err != nil {
		return fmt.Errorf("multiprocess: close store: %w", err)
	}
	return nil
}
