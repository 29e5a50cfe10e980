package metrichttp

import (
	"context"
	"sync"
	"time"
)

// scheduler runs scrapes, a limited number at a time, and lets requests share
// those that are still waiting for their turn.
type scheduler struct {
	slots   chan struct{}
	maxWait time.Duration
	pages   renderer

	mu      sync.Mutex
	waiting map[query]*scrape
	joined  uint64
}

// renderer makes pages. Its methods must not panic.
type renderer interface {
	// render makes the page for a query.
	render(context.Context, query) *page
	// refuse makes the page for a query whose turn did not come.
	refuse(context.Context) *page
}

// scrape is a page in the making, for one client or several.
type scrape struct {
	query query
	// cancel tells collectors that nobody waits any more.
	cancel context.CancelFunc
	done   chan struct{}
	// page may be read once done is closed, until leave.
	page *page

	// These are guarded by the scheduler's mutex.
	clients  int
	finished bool
}

func newScheduler(o *HandlerOptions, pages renderer) *scheduler {
	return &scheduler{
		slots:   make(chan struct{}, o.MaxInFlight),
		maxWait: o.MaxWait,
		pages:   pages,
		waiting: make(map[query]*scrape),
	}
}

// join returns a scrape for the query: one that has not begun collecting if
// there is one, else a new one. The caller must leave it. ctx gives the values,
// such as trace identifiers, that collectors see; its end cancels nothing.
func (s *scheduler) join(ctx context.Context, q query) *scrape {
	s.mu.Lock()
	defer s.mu.Unlock()
	if sc, ok := s.waiting[q]; ok {
		sc.clients++
		s.joined++
		return sc
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), q.timeout)
	sc := &scrape{query: q, cancel: cancel, done: make(chan struct{}), clients: 1}
	s.waiting[q] = sc
	go s.run(ctx, sc)
	return sc
}

// leave gives the scrape and its page up. When no client is left, the scrape is
// cancelled.
func (s *scheduler) leave(sc *scrape) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if sc.clients--; sc.clients > 0 {
		return
	}
	sc.cancel()
	s.close(sc)
	if sc.finished {
		sc.page.release()
	}
}

// close lets no more clients join. The mutex must be held.
func (s *scheduler) close(sc *scrape) {
	if s.waiting[sc.query] == sc {
		delete(s.waiting, sc.query)
	}
}

func (s *scheduler) run(ctx context.Context, sc *scrape) {
	defer close(sc.done)
	if !s.acquire(ctx) {
		s.finish(sc, s.pages.refuse(ctx))
		return
	}
	s.begin(sc)
	p := s.pages.render(ctx, sc.query)
	<-s.slots
	s.finish(sc, p)
}

// acquire waits for a turn to collect, and reports whether it came.
func (s *scheduler) acquire(ctx context.Context) bool {
	select {
	case s.slots <- struct{}{}:
		return true
	default:
	}
	ctx, cancel := context.WithTimeout(ctx, s.maxWait)
	defer cancel()
	select {
	case s.slots <- struct{}{}:
		return true
	case <-ctx.Done():
		return false
	}
}

func (s *scheduler) begin(sc *scrape) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.close(sc)
}

func (s *scheduler) finish(sc *scrape, p *page) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.close(sc)
	sc.cancel()
	sc.page, sc.finished = p, true
	if sc.clients == 0 {
		p.release()
	}
}

// inFlight returns how many scrapes are collecting.
func (s *scheduler) inFlight() int { return len(s.slots) }

// joins returns how many requests have shared another's scrape.
func (s *scheduler) joins() uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.joined
}
