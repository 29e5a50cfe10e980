package multiprocess

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"sync"

	"polymeter.dev/internal/cell"
	"polymeter.dev/internal/mapped"
	"polymeter.dev/internal/pyfile"
)

// Layout is which of the two layouts of the Python client's files a [Store]
// writes. A [Collector] reads both side by side; the Python client can read only
// the one that its own release writes.
type Layout uint8

const (
	// LayoutAuto is that of the files that are already in the directory, and
	// LayoutNewer when there are none.
	LayoutAuto Layout = iota
	// LayoutNewer is that of the releases of the Python client after 0.16.
	LayoutNewer
	// LayoutOlder is that of the releases up to 0.16. It has no gauge modes
	// mostrecent and livemostrecent.
	LayoutOlder
)

// Options are the settings of a [Store]; the zero value of each is the default.
type Options struct {
	// Identifier returns what tells this process from the others that share
	// the directory, and becomes the pid label of its gauges; by default the
	// process id. It is called once. Characters other than ASCII letters,
	// digits, dots and hyphens become hyphens. When another living process, or
	// another Store, already uses the identifier P, this Store takes P-2, P-3
	// and so on. A process that restarts under the same identifier goes on
	// counting where its predecessor stopped.
	Identifier func() string
	// Layout is the layout of the files.
	Layout Layout
	// DirMode are the permissions of the directory, if it has to be made;
	// by default 0700.
	DirMode fs.FileMode
	// FileMode are the permissions of the files; by default 0600.
	FileMode fs.FileMode
	// Logger is told when a file cannot be opened, or opened only under another
	// identifier; by default slog.Default().
	Logger *slog.Logger
}

// Store keeps the values of one process's metrics in files that every process
// can read, in the format of the Python client. It may be used concurrently.
//
// The files hold counters, gauges, classic histograms, and summaries without
// quantiles. Of a histogram that has native buckets as well, they hold the
// classic ones. Everything else stays in the memory of the process, as do
// series for which a full disk has no room.
//
// The directory should be on a file system in memory, such as /dev/shm: the
// files need to survive processes, not power cuts.
type Store struct {
	dir        string
	identifier string
	layout     pyfile.Layout
	fileMode   fs.FileMode
	logger     *slog.Logger
	kernel     mapped.Kernel

	mu       sync.Mutex
	variant  int // which numbered identifier the newest file has
	files    map[string]*storeFile
	failures uint64
	failing  map[string]bool // files for which the last attempt failed, and the log knows
	onClose  []func()
	closing  bool
	closed   bool

	end  sync.Mutex // whoever closes the store has it
	news news
}

var _ cell.Backend = (*Store)(nil)

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
	if o.DirMode == 0 {
		o.DirMode = 0o700
	}
	if o.FileMode == 0 {
		o.FileMode = 0o600
	}
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	s := &Store{
		dir: dir, fileMode: o.FileMode, logger: o.Logger, kernel: kernel,
		variant: 1, files: map[string]*storeFile{}, failing: map[string]bool{},
	}
	if o.Identifier != nil {
		s.identifier = o.Identifier()
	}
	s.identifier = sanitize(s.identifier)
	if err := os.MkdirAll(dir, o.DirMode); err != nil {
		return nil, fmt.Errorf("multiprocess: %w", err)
	}
	if err := s.probe(); err != nil {
		return nil, fmt.Errorf("multiprocess: %w", err)
	}
	s.layout, err = chooseLayout(o.Layout, dir)
	return s, err
}

// probe finds out early that files cannot be shared here at all.
func (s *Store) probe() error {
	dir, err := mapped.OpenDirectory(s.kernel, s.dir)
	if err != nil {
		return err
	}
	return dir.Close()
}

// Dir returns the directory.
func (s *Store) Dir() string { return s.dir }

// Identifier returns what the newest of the store's files have as their pid.
func (s *Store) Identifier() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return numbered(s.identifier, s.variant)
}

// OnClose arranges for f to be called once, before anything else that Close
// does, while the values can still be read: a registry then takes them back. f
// must not call Close. It is an error when Close was called already.
func (s *Store) OnClose(f func()) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closing {
		return fmt.Errorf("multiprocess: directory %q: %w", s.dir, cell.ErrClosed)
	}
	s.onClose = append(s.onClose, f)
	return nil
}

// Close lets go of the files: their values stay and go on counting in the
// merge, except that gauges of live modes are removed. Updates that come later,
// through places that were opened before, have no effect. Close may be called
// at any moment and again.
func (s *Store) Close() error {
	s.end.Lock()
	defer s.end.Unlock()
	s.mu.Lock()
	hooks := s.onClose
	s.closing, s.onClose = true, nil
	s.mu.Unlock()
	for _, f := range hooks {
		f() // may come back here
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil
	}
	s.closed = true
	dir, err := mapped.OpenDirectory(s.kernel, s.dir)
	if err == nil {
		defer dir.Close()
	}
	failed := err
	for _, f := range s.files {
		if f.live && dir != nil {
			failed = errors.Join(failed, f.writer.Remove(dir))
		}
		failed = errors.Join(failed, f.writer.Close())
	}
	s.files = nil
	if failed != nil {
		return fmt.Errorf("multiprocess: close store: %w", failed)
	}
	return nil
}
