package multiprocess

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"polymeter.dev/internal/cell"
	"polymeter.dev/internal/mapped"
	"polymeter.dev/metric"
)

// publications is what collectors of this process compute, and the file where
// others find it.
type publications struct {
	mu         sync.Mutex
	publishers []*publisher // replaced, never changed
	flight     *flight      // the refresh under way
	last       *flight      // after which there is no other; nil as long as there may be
	failing    map[string]bool
	status     publishStatus

	// files is locked by whoever takes over what was collected and writes it;
	// before mu, if both are.
	files   sync.Mutex
	current publishedFile
	closed  bool // nothing is written any more
}

// publishStatus is how publishing is doing.
type publishStatus struct {
	families int       // in the file
	written  time.Time // when the file was; zero when there is none
	failures uint64    // attempts to write it that failed
	losses   uint64    // families and collectors that could not be collected
}

// flight is one refresh, which all wait for who want one at the same time.
type flight struct {
	publishers []*publisher
	cancel     context.CancelFunc
	done       chan struct{}
	err        error
	cut        bool // the last one, which is sure to come, cut it short
}

// publishedIn marks the context in which a collector is collected for being
// published: it must not show what is published there.
type publishedIn struct{}

var errFeedback = errors.New("what is published would be collected from what is published")

// Refresh collects from everything that is published, and writes what it has. It
// waits for a refresh that is under way already instead, if there is one. The
// error joins a [metric.CollectError] for each family and collector that was
// lost, and says so when nothing could be written, or when ctx was done first.
// The store refreshes by itself on its interval.
func (s *Store) Refresh(ctx context.Context) error {
	if publishesInto(ctx, s.dir) {
		return fmt.Errorf("multiprocess: %w", errFeedback)
	}
	for {
		f, whole := s.fly()
		if f == nil {
			return nil
		}
		select {
		case <-f.done:
			if whole && !s.published.wasCut(f) {
				return f.err
			}
		case <-ctx.Done():
			return fmt.Errorf("multiprocess: publications are not up to date: %w", context.Cause(ctx))
		}
	}
}

// fly returns the refresh that is under way, or begins one; when the store is being
// closed it is the last one. It reports whether that collects from everything that
// is published now. Without publishers there is nothing to do.
func (s *Store) fly() (f *flight, whole bool) {
	p := &s.published
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.last != nil {
		return p.last, true
	}
	if p.flight != nil {
		return p.flight, slices.Equal(p.flight.publishers, p.publishers)
	}
	if len(p.publishers) == 0 {
		return nil, true
	}
	ctx, cancel := context.WithCancel(context.Background())
	f = &flight{publishers: p.publishers, cancel: cancel, done: make(chan struct{})}
	p.flight = f
	go s.land(ctx, f)
	return f, true
}

// land does the work of a flight.
func (s *Store) land(ctx context.Context, f *flight) {
	defer f.cancel()
	f.err = s.refresh(ctx, f.publishers)
	s.published.mu.Lock()
	s.published.flight = nil
	s.published.mu.Unlock()
	close(f.done)
}

// refresh collects from publishers, all at the same time, and writes the file.
func (s *Store) refresh(ctx context.Context, publishers []*publisher) error {
	ctx = context.WithValue(ctx, publishedIn{}, mapped.Resolve(s.dir))
	at := time.Now().UnixNano()
	collections := make([]*collection, len(publishers))
	for i, p := range publishers {
		collections[i] = p.start(ctx)
		defer collections[i].release()
	}
	for _, c := range collections {
		c.wait()
	}
	if ctx.Err() != nil { // the last one begins anew
		return context.Cause(ctx)
	}
	s.published.files.Lock()
	defer s.published.files.Unlock()
	var lost []error
	anew := false
	for i, p := range publishers {
		anew = anew || collections[i].saysAnything()
		lost = append(lost, p.take(collections[i], at)...)
	}
	current := &s.published.current
	if !anew && current.file != nil && !current.failing { // the file shows how old all of it is
		s.note(lost)
		return joinErrors(lost...)
	}
	clashes, err := s.write()
	lost = append(lost, clashes...)
	s.note(lost)
	return joinErrors(append(lost, err)...)
}

// publish is Refresh on the store's own account. It does not wait for the last one,
// which waits for what the store does on its own account.
func (s *Store) publish() {
	if f, _ := s.fly(); f != nil && !s.published.ends(f) {
		<-f.done
	}
}

// republish writes what was collected last, after something else has changed.
func (s *Store) republish() {
	s.published.files.Lock()
	defer s.published.files.Unlock()
	if !s.published.closed {
		_, _ = s.write()
	}
}

// stopper returns what takes a publisher out.
func (s *Store) stopper(p *publisher) func() {
	var once sync.Once
	return func() {
		once.Do(func() {
			if s.published.remove(p) {
				s.republish()
			}
		})
	}
}

func (p *publications) stats() publishStatus {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.status
}

// endPublishing keeps refreshes from beginning, but for the last one, and cuts short
// the one under way, which it returns.
func (s *Store) endPublishing() *flight {
	p := &s.published
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.last == nil {
		p.last = &flight{done: make(chan struct{}), err: fmt.Errorf("multiprocess: directory %q: %w", s.dir, cell.ErrClosed)}
	}
	if p.flight != nil {
		p.flight.cut = true
		p.flight.cancel()
	}
	return p.flight
}

func (p *publications) wasCut(f *flight) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return f.cut
}

// ends reports whether it is the last refresh.
func (p *publications) ends(f *flight) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.last == f
}

// publishLast publishes what the store ends with, and lets go of the file. It may
// be called again.
func (s *Store) publishLast() error {
	if f := s.endPublishing(); f != nil {
		<-f.done
	}
	p := &s.published
	if p.isClosed() {
		return nil
	}
	if publishers := p.present(); len(publishers) > 0 {
		letRest(publishers)
		_ = s.refresh(context.Background(), publishers) // has been noted
	}
	defer close(p.last.done)
	return p.close()
}

// letRest waits, no longer than each publisher may take, for collectors that went on
// although the refresh they ran for was cut short. They could not run again.
func letRest(publishers []*publisher) {
	began := time.Now()
	for _, p := range publishers {
		ctx, cancel := context.WithDeadline(context.Background(), began.Add(p.timeout))
		p.source.Rest(ctx)
		cancel()
	}
}

// note counts what was lost, and logs what was not lost the last time.
func (s *Store) note(lost []error) {
	p := &s.published
	p.mu.Lock()
	before := p.failing
	p.failing = make(map[string]bool, len(lost))
	var fresh []error
	for _, err := range lost {
		what := err.Error()
		if failed := (*metric.CollectError)(nil); errors.As(err, &failed) {
			what = failed.Collector + "/" + failed.Family
		}
		if !before[what] && !p.failing[what] && len(fresh) < maxLogged {
			fresh = append(fresh, err)
		}
		p.failing[what] = true
	}
	p.status.losses += uint64(len(lost))
	p.mu.Unlock()
	if len(fresh) == 0 {
		return
	}
	s.news.add(func() {
		for _, err := range fresh {
			s.logger.Warn("multiprocess: what a collector published last stays", "dir", s.dir, "error", err)
		}
	})
}
