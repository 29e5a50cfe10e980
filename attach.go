package polymeter

import (
	"errors"
	"fmt"
	"path/filepath"

	"polymeter.dev/internal/cell"
	"polymeter.dev/metric"
	"polymeter.dev/multiprocess"
)

// storeLink is a store in use by a registry, and the merge of its directory.
type storeLink struct {
	store     *multiprocess.Store
	collector *multiprocess.Collector
}

// Attach makes the registry keep the values of its instruments in the store,
// where other processes can read them, and show the merged values of all
// processes from then on. What was counted so far moves along, without a loss
// to concurrent updates. It fails when the registry has a store already or a
// [multiprocess.Collector] for the same directory.
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
	link := &storeLink{store: store, collector: collector}
	r.mu.Lock()
	for _, e := range r.entries {
		if e.source != nil && collects(e.source.Collector(), store.Dir()) {
			r.mu.Unlock()
			return fmt.Errorf("polymeter: directory %q is collected already by a registered %T", store.Dir(), e.source.Collector())
		}
	}
	attached := r.link.CompareAndSwap(nil, link)
	entries := r.entries
	r.mu.Unlock()
	if !attached {
		return errors.New("polymeter: the registry has a store already")
	}
	for _, e := range entries {
		if e.declared != nil {
			e.declared.attach()
		}
	}
	store.OnClose(func() { r.detach(link) })
	return nil
}

// detach moves all values back to the heap.
func (r *Registry) detach(link *storeLink) {
	if !r.link.CompareAndSwap(link, nil) {
		return
	}
	for _, e := range r.snapshot() {
		if e.declared != nil {
			e.declared.detach()
		}
	}
}

// backend returns where new series live, or nil for the heap.
func (r *Registry) backend() cell.Backend {
	if link := r.link.Load(); link != nil {
		return link.store
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
		if sameDirectory(other, dir) {
			return true
		}
	}
	return false
}

func sameDirectory(a, b string) bool { return resolved(a) == resolved(b) }

func resolved(dir string) string {
	if absolute, err := filepath.Abs(dir); err == nil {
		dir = absolute
	}
	if real, err := filepath.EvalSymlinks(dir); err == nil {
		dir = real
	}
	return filepath.Clean(dir)
}
