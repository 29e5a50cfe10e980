package textfile

import (
	"context"
	"errors"
	"io"

	"polymeter.dev/exposition"
	"polymeter.dev/internal/gather"
	"polymeter.dev/internal/sending"
	"polymeter.dev/metric"
)

// ErrTimestamp says why nothing is written of families that have a timestamp somewhere, unless
// Options.DropTimestamps leaves them out.
var ErrTimestamp = errors.New("it has a timestamp, which the node exporter refuses")

// page is what is collected.
type page struct {
	file    *file
	encoder *exposition.Encoder

	families int
	lost     []error             // families and collectors that are not on it
	unfit    []error             // what the node exporter would not take as it is
	err      error               // of the writer
	gauges   map[string]struct{} // names of gauge histograms, which become histograms
}

// fill writes what the collector gives in its time.
func (p *page) fill(ctx context.Context, w io.Writer) {
	p.encoder = exposition.NewEncoder(w, p.file.options.format(), nil)
	p.gauges = map[string]struct{}{}
	p.collect(ctx)
	p.err = p.encoder.Close()
	p.families = p.encoder.Stats().Families
}

// collect collects.
func (p *page) collect(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, p.file.options.Timeout)
	defer cancel()
	if gather.IsGuarded(p.file.collector) {
		if err := p.file.collector.Collect(ctx, p.take); err != nil {
			p.lost = append(p.lost, p.file.errorf("%w", err))
		}
		return
	}
	run := gather.NewSource(p.file.collector).Start(ctx, gather.Options{})
	defer run.Release()
	families, failed := run.Wait(ctx)
	for _, f := range families {
		_ = p.take(f) // which keeps its errors
	}
	for _, err := range failed {
		p.lost = append(p.lost, p.file.errorf("%w", err))
	}
}

// verdict returns why the page must not be put in place.
func (p *page) verdict(ctx context.Context) error {
	switch {
	case p.err != nil:
		return p.file.errorf("%w", p.err)
	case ctx.Err() != nil:
		return p.file.errorf("nothing was written: %w", context.Cause(ctx))
	case len(p.unfit) > 0:
		return errors.Join(p.unfit...)
	case len(p.lost) > 0 && p.families == 0:
		return p.file.errorf("nothing was written, since there was nothing that could be")
	}
	return nil
}

// take writes a family. One that cannot be written costs no other.
func (p *page) take(f metric.Family) error {
	checked := &fitting{Family: sending.PlainHistogram(f), page: p}
	err := p.encoder.Encode(checked)
	var refused *exposition.FamilyError
	switch {
	case checked.unfit != nil:
		p.unfit = append(p.unfit, checked.unfit)
	case errors.As(err, &refused):
		p.lost = append(p.lost, p.file.errorf("%w", err))
	case err != nil:
		return err // the encoder keeps it
	case f.Desc().Type == metric.TypeGaugeHistogram:
		p.gauges[p.file.options.Escaping.EscapeMetricName(f.Desc().FullName())] = struct{}{}
	}
	return nil
}

// fitting is a family whose samples are looked at on their way to the page.
type fitting struct {
	metric.Family
	page  *page
	unfit error // the first that is not as the node exporter wants it
}

// Each implements [metric.Family].
func (f *fitting) Each(visit func(*metric.Sample) error) error {
	return f.Family.Each(func(s *metric.Sample) error {
		if !s.Timestamp.IsZero() && !f.page.file.options.DropTimestamps {
			f.unfit = f.page.file.errorf("nothing was written: family %q: series %s%s: %w", f.Desc().Name, s.Name, s.Labels, ErrTimestamp)
			return f.unfit
		}
		now := *s
		now.Timestamp = metric.Timestamp{}
		return visit(&now)
	})
}
