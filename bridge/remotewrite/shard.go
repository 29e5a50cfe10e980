package remotewrite

import "context"

// shard sends the samples of its series, one request at a time.
type shard struct {
	writer *Writer
	queue  queue
	wake   chan struct{} // has one when there is something to send
	turn   chan struct{} // has one while somebody sends

	// The rest belongs to who sends.

	encoder encoder
	items   []item
	batches uint64
}

func newShard(w *Writer, limit int) *shard {
	return &shard{writer: w, queue: queue{limit: limit}, wake: make(chan struct{}, 1), turn: make(chan struct{}, 1)}
}

// push puts an item into the queue, and wakes who sends when a batch is full.
func (s *shard) push(it item) {
	if s.queue.push(it, s.drop) >= s.writer.options.BatchSize {
		s.alert()
	}
}

// drop counts an item that there was no room for.
func (s *shard) drop(it item) {
	w := s.writer
	w.stats.lost[lostOverflow].Add(1)
	w.stats.exemplarsLost.Add(uint64(len(it.exemplars())))
	it.collection.fail(errOverflow)
	w.log.Warn("remotewrite: samples were dropped", "error", errOverflow)
}

// alert says that there is something to send.
func (s *shard) alert() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// serve sends what comes until the context ends.
func (s *shard) serve(ctx context.Context) {
	for {
		select {
		case <-s.wake:
			_ = s.drain(ctx) // fails only at the end
		case <-ctx.Done():
			return
		}
	}
}

// drain sends all that waits. The error says why some of it still does.
func (s *shard) drain(ctx context.Context) error {
	select {
	case s.turn <- struct{}{}:
		defer func() { <-s.turn }()
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	for {
		s.batches++
		s.items = s.queue.take(s.items[:0], s.writer.options.BatchSize, s.batches)
		if len(s.items) == 0 {
			return nil
		}
		if err := s.sendTaken(ctx); err != nil {
			return err
		}
	}
}

// sendTaken sends what was taken, or puts it back.
func (s *shard) sendTaken(ctx context.Context) error {
	b := batch{items: s.items}
	n := int64(b.cost())
	s.writer.stats.flying.Add(n)
	defer s.writer.stats.flying.Add(-n)
	defer func() { clear(s.items) }()
	err := s.writer.send(ctx, &s.encoder, &b)
	if err != nil {
		s.queue.restore(b.items, s.drop)
	}
	return err
}
