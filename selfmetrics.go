package polymeter

import (
	"context"

	"polymeter.dev/metric"
)

// SelfMetrics returns a collector of what the registry knows about itself:
// updates that were not taken, series beyond a limit, families lost in
// scrapes, and the state of its store. A Handler appends it to its page; Collect
// does not.
func (r *Registry) SelfMetrics() metric.Collector {
	return metric.CollectorFunc(r.collectSelf)
}

func (r *Registry) collectSelf(ctx context.Context, emit func(metric.Family) error) error {
	rejected := metric.NewCounterFamily("polymeter_updates_rejected", "Updates of instruments that could not be taken, by reason.", "reason")
	for reason, name := range rejectNames {
		rejected.Add(float64(r.rejected[reason].Load()), name)
	}
	overflowed := metric.NewCounterFamily("polymeter_series_overflow", "Look-ups that were given the overflow series because of a limit.")
	overflowed.Add(float64(r.overflowed.Load()))
	lost := metric.NewCounterFamily("polymeter_collect_errors", "Families and collectors lost in collections of the registry.")
	lost.Add(float64(r.lost.Load()))
	storeErrors := metric.NewCounterFamily("polymeter_store_open_errors", "Stores that could not be opened, so that metrics stay in this process.")
	storeErrors.Add(float64(r.storeErrors.Load()))
	for _, f := range []metric.Family{rejected, overflowed, lost, storeErrors} {
		if err := emit(f); err != nil {
			return err
		}
	}
	if link := r.link.Load(); link != nil {
		return link.collector.SelfMetrics().Collect(ctx, emit)
	}
	return nil
}
