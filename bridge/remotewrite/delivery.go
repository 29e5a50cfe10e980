package remotewrite

import (
	"context"
	"fmt"
	"time"
)

// delivery is a batch on its way.
type delivery struct {
	writer   *Writer
	batch    *batch
	deadline time.Time // when it is too old

	version  Protocol
	fellBack bool   // to version 1.0
	body     []byte // of the request, nil before it is made
	failure  error  // of the last request
}

// prepare makes the body of the request. It reports that there is nothing more to
// send, because all of it was given up.
func (d *delivery) prepare(e *encoder) (done bool) {
	if !time.Now().Before(d.deadline) {
		d.giveUp(lostExpired, d.expired())
		return true
	}
	if d.body != nil {
		return false
	}
	if d.version == Version1 {
		d.batch.legacy(&d.writer.stats)
	}
	var err error
	if d.body, err = e.encode(d.version, d.batch.items); err != nil {
		d.giveUp(lostUnnameable, fmt.Errorf("remotewrite: %w", err))
		return true
	}
	return len(d.batch.items) == 0
}

// expired describes a batch that is too old, with what went wrong the last time that
// it was sent, if it was.
func (d *delivery) expired() error {
	err := fmt.Errorf("remotewrite: %d samples were not taken within %v", len(d.batch.items), d.writer.options.MaxAge)
	if d.failure != nil {
		err = fmt.Errorf("%w: %w", err, d.failure)
	}
	return err
}

// try sends one request, and returns what came of it.
func (d *delivery) try(ctx context.Context) (answer, outcome) {
	start := time.Now()
	a := d.writer.post(ctx, d.version, d.body)
	o := a.outcome(d.version)
	if o == outcomeUnsupported && d.writer.options.Protocol == Version2 {
		o = outcomeRejected
	}
	d.writer.stats.request(o, time.Since(start))
	return a, o
}

// accept counts a batch that was taken: all of it, as far as version 1.0 can say.
func (d *delivery) accept(a *answer) {
	sent := d.batch.counts()
	written := sent
	if d.version == Version2 {
		written = a.written(sent)
	}
	if d.fellBack && d.writer.protocol.settle() {
		d.writer.log.Info("remotewrite: the receiver does not know version 2.0 of the protocol; 1.0 is used")
	}
	d.count(sent, written, lostUnconfirmed, errUnconfirmed)
}

// reject counts a batch that was refused. A receiver of 2.0 may have taken a part of
// it.
func (d *delivery) reject(a *answer) {
	sent := d.batch.counts()
	var written [kinds]int
	if d.version == Version2 {
		written = a.written(sent)
	}
	d.writer.log.Warn("remotewrite: the receiver refused samples", "error", a.failure())
	d.count(sent, written, lostRejected, a.failure())
}

// giveUp counts a batch that is not sent any more.
func (d *delivery) giveUp(why loss, err error) {
	d.writer.log.Warn("remotewrite: samples were given up", "error", err)
	d.count(d.batch.counts(), [kinds]int{}, why, err)
}

// count adds to the statistics what became of the batch. Exemplars that are not written
// are no failure: a receiver may have had them before, or not store any.
func (d *delivery) count(sent, written [kinds]int, why loss, err error) {
	stats := &d.writer.stats
	for k, n := range written {
		stats.written[k].Add(uint64(n))
	}
	stats.exemplarsLost.Add(uint64(sent[kindExemplar] - written[kindExemplar]))
	lost := sent[kindSample] - written[kindSample] + sent[kindHistogram] - written[kindHistogram]
	if lost > 0 {
		stats.lost[why].Add(uint64(lost))
		d.batch.items[0].collection.fail(err)
	}
}
