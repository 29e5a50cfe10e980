package pushgateway

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/klauspost/compress/gzip"

	"polymeter.dev/exposition"
	"polymeter.dev/internal/gather"
	"polymeter.dev/internal/sending"
	"polymeter.dev/metric"
)

// ErrTimestamp says why nothing is sent of families that have a timestamp somewhere, unless
// Options.DropTimestamps leaves them out.
var ErrTimestamp = errors.New("it has a timestamp, which a Pushgateway refuses")

// errNothing keeps a push from emptying a group because everything went wrong.
var errNothing = errors.New("pushgateway: nothing was sent, since there was nothing that could be")

// page is the body of a push that is being made. Only its compressed form is in memory.
type page struct {
	pusher  *Pusher
	body    bytes.Buffer
	encoder *exposition.Encoder
	lost    []error // families and collectors that are not on it
	unfit   []error // what the gateway would not take as it is
}

// makePage collects. The first error says why there is nothing to send, the other what
// is missing in what there is.
func (p *Pusher) makePage(ctx context.Context) (body []byte, failed, incomplete error) {
	made := &page{pusher: p}
	compressor, err := gzip.NewWriterLevel(&made.body, gzip.BestSpeed)
	if err != nil {
		return nil, err, nil
	}
	made.encoder = exposition.NewEncoder(compressor, p.options.format(), &exposition.Options{Created: p.options.Created})
	made.collect(ctx)
	closing := errors.Join(made.encoder.Close(), compressor.Close())
	switch {
	case ctx.Err() != nil:
		return nil, fmt.Errorf("pushgateway: nothing was sent: %w", context.Cause(ctx)), errors.Join(made.lost...)
	case len(made.unfit) > 0:
		return nil, errors.Join(made.unfit...), errors.Join(made.lost...)
	case closing != nil:
		return nil, fmt.Errorf("pushgateway: %w", closing), nil
	case len(made.lost) > 0 && made.encoder.Stats().Families == 0:
		return nil, errNothing, errors.Join(made.lost...)
	}
	return made.body.Bytes(), nil, errors.Join(made.lost...)
}

// collect puts on the page what the collector gives within half of the time that there
// is: one that hangs must not take along what others have.
func (p *page) collect(ctx context.Context) {
	if deadline, ok := ctx.Deadline(); ok {
		half, cancel := context.WithTimeout(ctx, time.Until(deadline)/2)
		defer cancel()
		ctx = half
	}
	foreign := p.pusher.foreign
	if foreign == nil {
		if err := p.pusher.collector.Collect(ctx, p.take); err != nil {
			p.lost = append(p.lost, err)
		}
		return
	}
	foreign.Rest(ctx) // after a push that was given up
	run := foreign.Start(ctx, gather.Options{})
	defer run.Release()
	families, failed := run.Wait(ctx)
	for _, f := range families {
		_ = p.take(f) // which keeps its errors
	}
	p.lost = append(p.lost, failed...)
}

// take writes a family. One that cannot be written costs no other.
func (p *page) take(f metric.Family) error {
	if p.pusher.options.Text {
		f = sending.PlainHistogram(f)
	}
	checked := &fitting{Family: f, page: p}
	switch err := p.encoder.Encode(checked); {
	case checked.unfit != nil:
		p.unfit = append(p.unfit, checked.unfit)
	case err != nil:
		p.lost = append(p.lost, fmt.Errorf("pushgateway: %w", err))
	}
	return nil
}

// fitting is a family whose samples are looked at on their way to the page.
type fitting struct {
	metric.Family
	page  *page
	unfit error // the first that is not as the gateway wants it
}

// Each implements [metric.Family].
func (f *fitting) Each(visit func(*metric.Sample) error) error {
	options, group := &f.page.pusher.options, f.page.pusher.group
	return f.Family.Each(func(s *metric.Sample) error {
		if err := group.clash(s.Labels, options.Escaping); err != nil {
			return f.reject(s, err)
		}
		if !s.Timestamp.IsZero() && !options.DropTimestamps {
			return f.reject(s, ErrTimestamp)
		}
		now := *s
		now.Timestamp = metric.Timestamp{}
		return visit(&now)
	})
}

// reject keeps the error about a sample.
func (f *fitting) reject(s *metric.Sample, err error) error {
	f.unfit = fmt.Errorf("pushgateway: nothing was sent: family %q: series %s%s: %w", f.Desc().Name, s.Name, s.Labels, err)
	return f.unfit
}
