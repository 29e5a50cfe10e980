package remotewrite

import "sync"

// queue holds the samples of one shard in their order. What it holds counts against
// a limit, beyond which the oldest are dropped.
type queue struct {
	limit int

	mu    sync.Mutex
	items []item // those before head have been taken
	head  int
	cost  int
}

// push appends an item, passes to drop what there is no room for, and returns what
// the rest costs.
func (q *queue) push(it item, drop func(item)) int {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.items = append(q.items, it)
	q.cost += it.cost()
	q.shrink(drop)
	return q.cost
}

// shrink drops the oldest items until the rest is within the limit.
func (q *queue) shrink(drop func(item)) {
	for q.cost > q.limit && q.head < len(q.items) {
		drop(q.pop())
	}
}

func (q *queue) pop() item {
	it := q.items[q.head]
	q.items[q.head] = item{}
	q.head++
	q.cost -= it.cost()
	if q.head > len(q.items)/2 {
		n := copy(q.items, q.items[q.head:])
		clear(q.items[n:])
		q.items, q.head = q.items[:n], 0
	}
	return it
}

// take appends to dst the items of the next batch, of which there is none when the
// queue is empty. They cost limit at most, but for the first, and are of one collection
// and of series that differ: that makes it safe to send a batch again which the receiver
// may have had, since a receiver knows only the newest sample of a series from one that
// is out of order. The mark tells batches apart.
func (q *queue) take(dst []item, limit int, mark uint64) []item {
	q.mu.Lock()
	defer q.mu.Unlock()
	for cost := 0; q.head < len(q.items); {
		it := &q.items[q.head]
		cost += it.cost()
		if len(dst) > 0 && (cost > limit || it.collection != dst[0].collection) || it.series.batch == mark {
			break
		}
		it.series.batch = mark
		dst = append(dst, q.pop())
	}
	return dst
}

// restore puts items back to the front.
func (q *queue) restore(items []item, drop func(item)) {
	q.mu.Lock()
	defer q.mu.Unlock()
	rest := q.items[q.head:]
	q.items = append(append(make([]item, 0, len(items)+len(rest)), items...), rest...)
	q.head = 0
	for i := range items {
		q.cost += items[i].cost()
	}
	q.shrink(drop)
}

// size returns what the items cost.
func (q *queue) size() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.cost
}
