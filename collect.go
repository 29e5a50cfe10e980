package polymeter

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"polymeter.dev/internal/gather"
	"polymeter.dev/metric"
	"polymeter.dev/multiprocess"
)

// Collect emits every family of the registry. Collectors of other kinds than
// our instruments run concurrently, under ctx's deadline or the registry's
// CollectTimeout. One that fails, panics, hangs, or emits an invalid family or
// one whose names are taken, loses that family only; all others are emitted,
// in the order of registration, and the returned error joins a
// [metric.CollectError] for each loss. An error of emit ends the collection and
// is returned.
func (r *Registry) Collect(ctx context.Context, emit func(metric.Family) error) error {
	return r.collect(ctx, nil, emit)
}

// Restrict returns a view of the registry that collects only families whose
// name, or the name of one of whose samples, is among names. Collectors that
// are known not to have them are not asked.
func (r *Registry) Restrict(names []string) metric.Collector {
	return &restricted{registry: r, names: slices.Clone(names)}
}

// restricted is a view of a registry.
type restricted struct {
	registry *Registry
	names    []string
}

// Collect emits the families of the view.
func (v *restricted) Collect(ctx context.Context, emit func(metric.Family) error) error {
	if len(v.names) == 0 {
		return nil
	}
	return v.registry.collect(ctx, v.names, emit)
}

// Guarded marks the view as safe to collect from.
func (v *restricted) Guarded(gather.Mark) {}

// Guarded marks the registry as safe to collect from: it guards what is
// registered in it.
func (r *Registry) Guarded(gather.Mark) {}

// collectedFrom is the key under which the context of a collection names the
// registries that it goes through.
type collectedFrom struct{ registry *Registry }

var errCycle = errors.New("polymeter: the registry shows itself, by way of what is registered in it")

func (r *Registry) collect(ctx context.Context, names []string, emit func(metric.Family) error) error {
	if ctx.Value(collectedFrom{r}) != nil {
		return errCycle
	}
	ctx, cancel := r.bound(ctx)
	defer cancel()
	s := &scrape{registry: r, names: names, emit: emit}
	defer s.noteLost()
	entries := slices.DeleteFunc(slices.Clone(r.snapshot()), func(e *entry) bool { return !s.needs(e) })
	defer s.release()
	s.start(ctx, entries)
	s.refresh(ctx)
	if err := s.emitOwn(ctx, entries); err != nil {
		return err
	}
	for i, e := range entries {
		var err error
		switch {
		case s.merged[i]:
		case e.guarded():
			err = s.emitGuarded(ctx, e)
		case e.source != nil:
			err = s.emitForeign(ctx, e, s.runs[i])
		case s.link == nil:
			err = s.emit(e.declared.view())
		}
		if err != nil {
			return err
		}
	}
	return errors.Join(s.errs...)
}

// bound gives a collection without a deadline the registry's own. The context
// ends with the collection in any case, so that collectors stop when its reader
// has gone.
func (r *Registry) bound(ctx context.Context) (context.Context, context.CancelFunc) {
	if _, bounded := ctx.Deadline(); bounded {
		return context.WithCancel(ctx)
	}
	timeout := r.timeout
	if timeout <= 0 {
		timeout = defaultCollectTimeout
	}
	return context.WithTimeout(ctx, timeout)
}

// scrape is one collection in progress.
type scrape struct {
	registry *Registry
	names    []string // nil means all
	emit     func(metric.Family) error
	link     *storeLink    // the store, from beginning to end, if there is one
	runs     []*gather.Run // by entry; nil for those that need no guard
	merged   []bool        // by entry: whether the store shows it
	claims   gather.Claims // of families that are known only now
	claimed  int           // how many of these there are
	errs     []error
}

// needs reports whether the entry may have something that is asked for.
func (s *scrape) needs(e *entry) bool {
	return s.names == nil || !e.described || slices.ContainsFunc(e.descs, s.wants)
}

func (s *scrape) wants(d *metric.Desc) bool {
	return s.names == nil || slices.ContainsFunc(s.names, d.Matches)
}

// noteLost counts what was lost by the collector it was lost from.
func (s *scrape) noteLost() {
	if len(s.errs) == 0 {
		return
	}
	s.registry.mu.Lock()
	defer s.registry.mu.Unlock()
	if s.registry.lost == nil {
		s.registry.lost = make(map[string]uint64)
	}
	for _, err := range s.errs {
		if lost := (*metric.CollectError)(nil); errors.As(err, &lost) {
			s.registry.lost[lost.Collector]++
		}
	}
}

// start sets all collectors going that need a guard, but for those that the store
// shows.
func (s *scrape) start(ctx context.Context, entries []*entry) {
	s.link = s.registry.link.Load()
	s.runs, s.merged = make([]*gather.Run, len(entries)), make([]bool, len(entries))
	for i, e := range entries {
		if s.merged[i] = e.in(s.link); !s.merged[i] {
			s.startRun(ctx, i, e)
		}
	}
}

func (s *scrape) startRun(ctx context.Context, i int, e *entry) {
	if e.source != nil && !e.guarded() {
		s.runs[i] = e.source.Start(ctx, gather.Options{Validation: s.registry.validation, Names: s.names})
	}
}

func (s *scrape) release() {
	for _, run := range s.runs {
		if run != nil {
			run.Release()
		}
	}
}

// settle takes the store that is there to stay until all is read. If it is not
// the one that was there at the start, its collectors are on their own.
func (s *scrape) settle(ctx context.Context, entries []*entry) {
	before := s.link
	if s.link = s.registry.hold(entries); s.link == before {
		return
	}
	for i, e := range entries {
		if s.merged[i] {
			s.merged[i] = false
			s.startRun(ctx, i, e)
		}
	}
}

// emitOwn emits what comes before all entries: the target information and, with
// a store, the merge of all processes.
func (s *scrape) emitOwn(ctx context.Context, entries []*entry) error {
	now := time.Now()
	for _, e := range entries {
		if e.declared != nil {
			e.declared.sweep(now)
		}
	}
	if target := s.registry.target.Load(); target != nil && s.wants(&targetDesc) {
		if err := s.emit(&targetFamily{*target}); err != nil {
			return err
		}
	}
	if s.settle(ctx, entries); s.link != nil {
		return s.emitMerged(ctx, entries)
	}
	return nil
}

// emitMerged emits the merge of the store's directory. Series of ours that are
// not in a file take part in it as if they were one more process; families
// that the format of the files cannot express are shown after it. The caller
// has locked moves; all has been read when the first family comes.
func (s *scrape) emitMerged(ctx context.Context, entries []*entry) error {
	letGo := sync.OnceFunc(s.registry.moves.RUnlock)
	defer letGo()
	var extra []multiprocess.Extra
	var apart []metric.Family
	for _, e := range entries {
		if e.declared == nil {
			continue
		}
		f, any := e.declared.viewHeap()
		switch shared := e.declared.shared(); {
		case !any:
		case shared.unsupported.Load():
			apart = append(apart, f)
		default:
			extra = append(extra, multiprocess.Extra{Family: f, Mode: shared.spec.Mode, ID: s.link.store.Identifier()})
		}
	}
	extra = append(extra, s.link.store.Unpublished()...)
	const merge = "multiprocess directory"
	var ended error
	err := s.link.collector.CollectWith(ctx, extra, func(f metric.Family) error {
		letGo()
		if !s.wants(f.Desc()) {
			return nil
		}
		ended = s.emitClaimed(s.link, merge, f)
		return ended
	})
	if err != nil && ended == nil {
		s.errs = append(s.errs, &metric.CollectError{Collector: merge, Err: err})
	}
	letGo() // when nothing was merged
	for _, f := range apart {
		if ended == nil {
			ended = s.emitClaimed(s.registry, "registry", f)
		}
	}
	return ended
}

// emitClaimed emits a family unless its names are taken in this scrape.
func (s *scrape) emitClaimed(owner any, name string, f metric.Family) error {
	if err := s.claims.Add(owner, f.Desc()); err != nil {
		s.errs = append(s.errs, &metric.CollectError{Collector: name, Family: f.Desc().Name, Err: err})
		return nil
	}
	return s.emit(f)
}

// emitForeign waits for a collector and emits what it has, except families
// whose names belong to others.
func (s *scrape) emitForeign(ctx context.Context, e *entry, run *gather.Run) error {
	families, errs := run.Wait(ctx)
	s.errs = append(s.errs, errs...)
	for _, f := range families {
		if err := s.claim(e, f.Desc()); err != nil {
			if !e.in(s.link) { // else the store has begun to show it meanwhile
				s.lose(e, f.Desc().Name, err)
			}
			continue
		}
		if err := s.emit(f); err != nil {
			return err
		}
	}
	return nil
}

// emitGuarded emits what another registry or a merge of files has, family by
// family as it comes, without a copy.
func (s *scrape) emitGuarded(ctx context.Context, e *entry) error {
	c := e.source.Collector()
	if restricter, ok := c.(metric.Restricter); ok && s.names != nil {
		c = restricter.Restrict(s.names)
	}
	var failed error
	ctx = context.WithValue(ctx, collectedFrom{s.registry}, true)
	err := c.Collect(ctx, func(f metric.Family) error {
		if !s.wants(f.Desc()) {
			return nil
		}
		if err := s.claim(e, f.Desc()); err != nil {
			s.lose(e, f.Desc().Name, err)
			return nil
		}
		failed = s.emit(f)
		return failed
	})
	if failed != nil {
		return failed
	}
	if err != nil {
		s.lose(e, "", err)
	}
	return nil
}

// lose notes what is missing from the page.
func (s *scrape) lose(e *entry, family string, err error) {
	s.errs = append(s.errs, &metric.CollectError{Collector: e.source.Name(), Family: family, Err: err})
}

// claim takes the names of a foreign family for this scrape. The same collector
// emitting a family twice is a clash, too, so each family is an owner of its own.
func (s *scrape) claim(e *entry, d *metric.Desc) error {
	s.registry.mu.Lock()
	err := s.registry.claims.Check(e, d)
	s.registry.mu.Unlock()
	if err != nil {
		return err
	}
	s.claimed++
	return s.claims.Add(s.claimed, d)
}
