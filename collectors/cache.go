package collectors

import (
	"context"
	"fmt"
	"sync"
	"time"

	"polymeter.dev/metric"
)

// CacheOptions configure [Cached]. The zero value is the default; so is a nil
// *CacheOptions.
type CacheOptions struct {
	// TTL is for how long what was collected is shown before it is collected
	// anew. The default, 0, is 15 seconds.
	TTL time.Duration
	// MaxAge is for how long it may be shown at all, when collecting takes long
	// or fails. The default, 0, is four times TTL.
	MaxAge time.Duration
	// Timeout bounds a collection: the context that the collector gets ends then.
	// The default, 0, is MaxAge.
	Timeout time.Duration
}

func (o *CacheOptions) withDefaults() CacheOptions {
	var with CacheOptions
	if o != nil {
		with = *o
	}
	if with.TTL <= 0 {
		with.TTL = 15 * time.Second
	}
	if with.MaxAge <= 0 {
		with.MaxAge = 4 * with.TTL
	}
	if with.Timeout <= 0 {
		with.Timeout = with.MaxAge
	}
	return with
}

// Cached returns a collector that shows what c collected a while ago, for collectors
// that take longer than a scrape may, or cost more than it is worth.
//
// What is older than the TTL is still shown, and collected anew in the background,
// once however many ask; c never runs twice at a time. Only without anything younger
// than MaxAge a scrape waits, until its own deadline. A collection that fails leaves
// what there is until MaxAge; after that the scrape gets its families and its error.
//
// Nothing is collected while nobody asks, so that there is nothing to stop. What is
// shown says nothing about its age: samples have timestamps only if c gives them. The
// result is a [metric.Describer] when c is one, and may be used concurrently.
func Cached(c metric.Collector, o *CacheOptions) metric.Collector {
	cached := &cache{collector: c, options: o.withDefaults()}
	if d, ok := c.(metric.Describer); ok {
		return &describedCache{cached, d}
	}
	return cached
}

// describedCache is the cache of a collector that describes itself.
type describedCache struct {
	*cache
	describer metric.Describer
}

// Describe implements [metric.Describer].
func (c *describedCache) Describe() []*metric.Desc { return c.describer.Describe() }

type cache struct {
	collector metric.Collector
	options   CacheOptions

	mu      sync.Mutex
	last    *collection
	running *collection // the one under way, or nil
}

// collection is one call of Collect, and what it gave once done is closed.
type collection struct {
	begun    time.Time
	done     chan struct{}
	families []metric.Family
	err      error
}

// Collect implements [metric.Collector].
func (c *cache) Collect(ctx context.Context, emit func(metric.Family) error) error {
	shown := c.shown()
	select {
	case <-shown.done:
	case <-ctx.Done():
		return fmt.Errorf("collectors: nothing is cached yet: %w", context.Cause(ctx))
	}
	if err := metric.EmitAll(emit, shown.families...); err != nil {
		return err
	}
	return shown.err
}

// shown returns the collection that is to be shown, which may be under way still. It
// sees to it that what is older than the TTL is collected anew.
func (c *cache) shown() *collection {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.last != nil && c.last.age() < c.options.TTL {
		return c.last
	}
	if c.running == nil {
		c.running = &collection{begun: time.Now(), done: make(chan struct{})}
		go c.refresh(c.running)
	}
	if c.last != nil && c.last.err == nil && c.last.age() < c.options.MaxAge {
		return c.last
	}
	return c.running
}

func (l *collection) age() time.Duration { return time.Since(l.begun) }

// refresh collects. A failure does not take the place of what may be shown still.
func (c *cache) refresh(next *collection) {
	c.collect(next)
	c.mu.Lock()
	defer c.mu.Unlock()
	close(next.done)
	c.running = nil
	if last := c.last; next.err == nil || last == nil || last.err != nil || last.age() >= c.options.MaxAge {
		c.last = next
	}
}

// collect copies what the collector emits. A panic becomes an error, since nobody
// else could recover from it here.
func (c *cache) collect(into *collection) {
	ctx, cancel := context.WithTimeout(context.Background(), c.options.Timeout)
	defer cancel()
	defer func() {
		if p := recover(); p != nil {
			into.err = fmt.Errorf("collectors: a cached collector panicked: %v", p)
		}
	}()
	into.err = c.collector.Collect(ctx, func(f metric.Family) error {
		family, err := metric.Copy(f)
		if err == nil {
			into.families = append(into.families, family)
		}
		return err
	})
}
