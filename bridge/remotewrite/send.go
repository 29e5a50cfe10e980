package remotewrite

import (
	"context"
	"errors"
	"time"

	"polymeter.dev/internal/sending"
)

// send sends a batch until the receiver has taken it, refused it, or the batch is too
// old. The error says that the context ended before; the batch is then still to be
// sent.
//
// To send again what the receiver may have had, because its answer was lost, does no
// harm: a sample that is the newest of its series, with the same time and value, is
// accepted as the one that is there. See queue.take.
func (w *Writer) send(ctx context.Context, e *encoder, b *batch) error {
	d := delivery{writer: w, batch: b, version: w.protocol.version(), deadline: b.items[0].collection.at.Add(w.options.MaxAge)}
	pause := sending.Backoff{Next: w.options.MinBackoff, Max: w.options.MaxBackoff}
	for {
		if d.prepare(e) {
			return nil
		}
		a, o := d.try(ctx)
		switch o {
		case outcomeAccepted:
			d.accept(&a)
			return nil
		case outcomeRejected:
			d.reject(&a)
			return nil
		case outcomeUnsupported:
			d.version, d.fellBack, d.body = Version1, true, nil
			continue
		}
		d.failure = a.failure()
		if ctx.Err() != nil {
			return errors.Join(context.Cause(ctx), d.failure)
		}
		w.log.Warn("remotewrite: a request failed and will be repeated", "error", d.failure)
		if err := sending.Wait(ctx, min(max(pause.Step(), sending.RetryAfter(a.header, time.Now())), time.Until(d.deadline))); err != nil {
			return errors.Join(err, d.failure)
		}
	}
}
