package metrichttp

import (
	"context"
	"errors"
	"io"
	"net/http"
	"time"

	"polymeter.dev/exposition"
	"polymeter.dev/internal/gather"
	"polymeter.dev/metric"
)

// render makes the page for a query.
func (h *handler) render(ctx context.Context, q query) *page {
	started := time.Now()
	r := &rendering{handler: h, options: gather.Options{Validation: h.options.Validation, Names: q.nameList()}}
	p := newPage(q)
	if err := r.write(ctx, p); err != nil {
		r.families = 0
		r.fail(err)
	}
	o := r.outcome(ctx)
	h.self.record(r, o, time.Since(started))
	if o != outcomeAbandoned {
		h.errors.reportAll(r.errs)
	}
	if o == outcomeFailed {
		p.fail()
	}
	return p
}

// refuse makes the page for a query whose turn did not come.
func (h *handler) refuse(ctx context.Context) *page {
	o := outcomeRefused
	if abandoned(ctx) {
		o = outcomeAbandoned
	}
	h.self.record(&rendering{}, o, 0)
	return &page{status: http.StatusServiceUnavailable}
}

// rendering is the making of one page.
type rendering struct {
	handler *handler
	options gather.Options
	encoder *exposition.Encoder

	// families that were collected are on the page.
	families int
	errs     []error
	lost     [len(lossNames)]int
	stats    exposition.Stats
}

// write fills the page. An error makes it useless.
func (r *rendering) write(ctx context.Context, p *page) error {
	w, release, err := compressTo(p.body, p.encoding)
	if err != nil {
		return err
	}
	defer release()
	r.encoder = exposition.NewEncoder(w, p.format, r.handler.options.Encoding)
	err = r.fill(ctx)
	return errors.Join(err, closeAll(r.encoder, w))
}

func closeAll(closers ...io.Closer) error {
	var errs []error
	for _, c := range closers {
		errs = append(errs, c.Close())
	}
	return errors.Join(errs...)
}

func (r *rendering) fill(ctx context.Context) error {
	h := r.handler
	eachError(h.source.collect(ctx, r.options, func(f metric.Family) error {
		if abandoned(ctx) {
			return ctx.Err()
		}
		return r.emit(f)
	}), r.fail)
	r.stats = r.encoder.Stats()
	r.families = r.stats.Families
	if h.options.DisableSelfMetrics {
		return nil
	}
	if h.about != nil {
		// When time is up these are wanted most.
		ctx := context.WithoutCancel(ctx)
		eachError(collectGuarded(ctx, h.about, r.options.Names, r.emit), r.fail)
	}
	for _, f := range h.self.families(h.scheduler.inFlight(), h.scheduler.joins()) {
		if !wanted(f.Desc(), r.options.Names) {
			continue
		}
		// A page that shows another Polymeter's metrics may have the name.
		if err := r.encoder.Encode(f); err != nil && !isRefusal(err) {
			return err
		}
	}
	return nil
}

// emit puts a family on the page. When that fails the collector goes on.
func (r *rendering) emit(f metric.Family) error {
	err := r.encode(f)
	if err == nil || !isRefusal(err) {
		return err
	}
	r.lost[lossEncode]++
	r.errs = append(r.errs, err)
	return nil
}

// encode turns a panic of the family into an error that concerns it alone; the
// encoder leaves nothing of it on the page.
func (r *rendering) encode(f metric.Family) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = &exposition.FamilyError{Family: f.Desc().Name, Err: panicError(p)}
		}
	}()
	return r.encoder.Encode(f)
}

func isRefusal(err error) bool {
	var refused *exposition.FamilyError
	return errors.As(err, &refused)
}

// fail notes what went wrong while collecting.
func (r *rendering) fail(err error) {
	var failed *metric.CollectError
	if errors.As(err, &failed) && failed.Family != "" {
		r.lost[lossCollect]++
	} else {
		r.lost[lossCollector]++
	}
	r.errs = append(r.errs, err)
}

func (r *rendering) outcome(ctx context.Context) outcome {
	switch {
	case abandoned(ctx):
		return outcomeAbandoned
	case len(r.errs) == 0:
		return outcomeComplete
	case r.families == 0:
		return outcomeFailed
	}
	return outcomePartial
}

// abandoned reports whether every client has left. That the scrape's time is up
// is another matter: what was collected by then is served.
func abandoned(ctx context.Context) bool { return errors.Is(ctx.Err(), context.Canceled) }
