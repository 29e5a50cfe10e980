package polymeter

import (
	"context"
	"maps"
	"slices"

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
	overflowed := metric.NewCounterFamily("polymeter_series_overflow", "Look-ups that were given the overflow series because of a limit, by family.", "family")
	for _, e := range r.snapshot() {
		if e.declared != nil && e.declared.shared().opts.Limit > 0 {
			overflowed.Add(float64(e.declared.shared().overflowed.Load()), e.declared.shared().spec.Name)
		}
	}
	losses := r.losses()
	lost := metric.NewCounterFamily("polymeter_collect_errors", "Families and collectors lost in collections of the registry, by collector.", "collector")
	for _, name := range slices.Sorted(maps.Keys(losses)) {
		lost.Add(float64(losses[name]), name)
	}
	storeErrors := metric.NewCounterFamily("polymeter_store_open_errors", "Stores that could not be opened, so that metrics stay in this process.")
	storeErrors.Add(float64(r.storeErrors.Load()))
	if err := metric.EmitAll(emit, rejected, overflowed, lost, storeErrors); err != nil {
		return err
	}
	link := r.link.Load()
	if link == nil {
		return nil
	}
	waiting := metric.NewGaugeFamily("polymeter_store_waiting_series", "Series that are in the memory of this process, in part or as a whole, until the store has room for them.")
	waiting.Add(float64(r.waiting()))
	if err := metric.EmitAll(emit, waiting); err != nil {
		return err
	}
	if err := link.store.SelfMetrics().Collect(ctx, emit); err != nil {
		return err
	}
	return link.collector.SelfMetrics().Collect(ctx, emit)
}

// waiting returns how many series wait for room in the store.
func (r *Registry) waiting() (n int) {
	for _, e := range r.snapshot() {
		if e.declared != nil {
			n += e.declared.waiting()
		}
	}
	return n
}

// losses returns how much collections lost, by collector.
func (r *Registry) losses() map[string]uint64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	return maps.Clone(r.lost)
}
