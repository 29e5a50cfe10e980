package graphite

import "sync"

// queue holds samples in their order, up to a limit, beyond which the oldest are dropped.
type queue struct {
	limit int

	mu    sync.Mutex
	items []item // those before head have been taken
	head  int
}

// push appends an item, and returns how many were dropped, and how many there are.
func (q *queue) push(it item) (dropped, size int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.items = append(q.items, it)
	dropped = q.shrink()
	return dropped, len(q.items) - q.head
}

// shrink drops the oldest items until the rest is within the limit.
func (q *queue) shrink() (dropped int) {
	if dropped = len(q.items) - q.head - q.limit; dropped > 0 {
		q.skip(dropped)
		return dropped
	}
	return 0
}

// skip forgets the first n items.
func (q *queue) skip(n int) {
	clear(q.items[q.head : q.head+n])
	q.head += n
	if q.head > len(q.items)/2 {
		n := copy(q.items, q.items[q.head:])
		clear(q.items[n:])
		q.items, q.head = q.items[:n], 0
	}
}

// take appends the first items to dst, of which there is none when the queue is empty.
func (q *queue) take(dst []item, limit int) []item {
	q.mu.Lock()
	defer q.mu.Unlock()
	n := min(limit, len(q.items)-q.head)
	dst = append(dst, q.items[q.head:q.head+n]...)
	q.skip(n)
	return dst
}

// restore puts items back to the front, and returns how many were dropped.
func (q *queue) restore(items []item) (dropped int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	rest := q.items[q.head:]
	q.items = append(append(make([]item, 0, len(items)+len(rest)), items...), rest...)
	q.head = 0
	return q.shrink()
}

// size returns how many items there are.
func (q *queue) size() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.items) - q.head
}
