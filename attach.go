package polymeter

import (
	"errors"
	"fmt"
	"slices"
	"sync/atomic"

	"polymeter.dev/internal/cell"
	"polymeter.dev/internal/mapped"
	"polymeter.dev/metric"
	"polymeter.dev/multiprocess"
)

// storeLink is a store in use by a registry, and the merge of its directory.
type storeLink struct {
	backend   cell.Backend // the store, as instruments see it
	store     *multiprocess.Store
	collector *multiprocess.Collector
	dir       string // without symbolic links
	// leaving keeps new series out of the store while it has no files.
	leaving atomic.Bool
}

// Attach makes the registry keep the values of its instruments in the store,
// where other processes can read them, and show the merged values of all
// processes from then on. What was counted so far moves along, without a loss
// to concurrent updates.
//
// It fails when the registry has a store already or a
// [multiprocess.Collector] for the same directory; when the store is closed; and
// when an earlier store of the registry was in the same directory, where what
// was counted until then would be a second time.
//
// Several registries may share a store. Each shows all that is in the directory,
// and a series that two of them have is one: both count in the same place.
//
// When the store is closed, the registry goes back to the heap, with the values
// that this process sees in its files.
func (r *Registry) Attach(store *multiprocess.Store) error {
	if store == nil {
		return errors.New("polymeter: cannot attach a nil store")
	}
	collector, err := multiprocess.NewCollector(store.Dir(), r.merge)
	if err != nil {
		return fmt.Errorf("polymeter: %w", err)
	}
	r.moves.Lock()
	defer r.moves.Unlock()
	if err := r.connect(&storeLink{backend: store, store: store, collector: collector, dir: mapped.Resolve(store.Dir())}); err != nil {
		return fmt.Errorf("polymeter: cannot attach a store: %w", err)
	}
	for _, e := range r.snapshot() {
		switch {
		case e.declared != nil:
			e.declared.attach()
		case e.published != nil:
			e.published.enter(store)
		}
	}
	return nil
}

// connect makes the store the one of the registry, or reports why it cannot be.
func (r *Registry) connect(link *storeLink) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.link.Load() != nil {
		return errors.New("the registry has one already")
	}
	if slices.Contains(r.left, link.dir) {
		return fmt.Errorf("what the registry counted is in directory %q already", link.dir)
	}
	for _, e := range r.entries {
		if e.source != nil && collects(e.source.Collector(), link.dir) {
			return fmt.Errorf("directory %q is collected already by a registered %T", link.dir, e.source.Collector())
		}
	}
	if err := link.store.Join(member{r, link}); err != nil {
		return err
	}
	r.link.Store(link)
	return nil
}

// detach moves all values back to the heap.
func (r *Registry) detach(link *storeLink) {
	r.moves.Lock()
	defer r.moves.Unlock()
	r.mu.Lock()
	r.link.Store(nil)
	r.left = append(r.left, link.dir)
	entries := r.entries
	r.mu.Unlock()
	for _, e := range entries {
		switch {
		case e.declared != nil:
			e.declared.detach(false)
		case e.published != nil:
			e.published.leave()
		}
	}
}

// member is the registry as its store sees it.
type member struct {
	registry *Registry
	link     *storeLink
}

// Closed implements [multiprocess.Member].
func (m member) Closed() { m.registry.detach(m.link) }

// Leave implements [multiprocess.Member]. No scrape begins before Enter.
func (m member) Leave() {
	m.registry.moves.Lock()
	m.link.leaving.Store(true)
	for _, e := range m.registry.snapshot() {
		if e.declared != nil {
			e.declared.detach(true)
		}
	}
}

// Enter implements [multiprocess.Member].
func (m member) Enter() {
	defer m.registry.moves.Unlock()
	m.link.leaving.Store(false)
	for _, e := range m.registry.snapshot() {
		if e.declared != nil {
			e.declared.attach()
		}
	}
}

// Retry implements [multiprocess.Member].
func (m member) Retry() { m.registry.moveWaiting(m.registry.snapshot()) }

// hold returns the store in use, or nil. What is in the heap goes there first if
// it can; then nothing moves until the caller unlocks r.moves for reading, so
// that a scrape finds every value in the files or in the heap, not in both.
func (r *Registry) hold(entries []*entry) *storeLink {
	before := r.link.Load()
	if before == nil {
		return nil
	}
	before.store.Renew()
	r.moveWaiting(entries)
	r.moves.RLock()
	link := r.link.Load()
	if link == nil {
		r.moves.RUnlock()
	}
	return link
}

// moveWaiting tries again to move series for which the store had no room.
func (r *Registry) moveWaiting(entries []*entry) {
	if !slices.ContainsFunc(entries, (*entry).waits) {
		return
	}
	r.moves.Lock()
	defer r.moves.Unlock()
	for _, e := range entries {
		if e.waits() {
			e.declared.attach()
		}
	}
}

func (e *entry) waits() bool { return e.declared != nil && e.declared.waits() }

// backend returns where new series live, or nil for the heap.
func (r *Registry) backend() cell.Backend {
	if link := r.link.Load(); link != nil && !link.leaving.Load() {
		return link.backend
	}
	return nil
}

// checkDirectories refuses a collector of the directory that the registry's
// own store shows already. The caller holds the lock.
func (r *Registry) checkDirectories(c metric.Collector) error {
	link := r.link.Load()
	if link == nil || !collects(c, link.store.Dir()) {
		return nil
	}
	return fmt.Errorf("polymeter: directory %q is shown by the registry's own store; %T would show it twice", link.store.Dir(), c)
}

// collects reports whether c merges the given directory.
func collects(c metric.Collector, dir string) bool {
	d, ok := c.(interface{ Directories() []string })
	if !ok {
		return false
	}
	for _, other := range d.Directories() {
		if mapped.Resolve(other) == mapped.Resolve(dir) {
			return true
		}
	}
	return false
}
