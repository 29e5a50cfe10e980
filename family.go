package polymeter

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"polymeter.dev/internal/cell"
	"polymeter.dev/metric"
)

// SeriesOpts bounds and prepares the series of a vector. The zero value means
// no bound.
type SeriesOpts struct {
	// Limit is the most series that may exist at once; 0 means no limit.
	// Further label values share one series more, whose labels all have the
	// value OverflowValue, and polymeter_series_overflow_total counts them.
	Limit int
	// IdleAfter lets series go that have not been updated for this long: at
	// the first scrape after that or, at the latest, after twice that time;
	// 0 keeps them for ever. An update through a handle that was kept
	// meanwhile leads nowhere, so ask With for the handle each time. An
	// instrument without labels never goes.
	IdleAfter time.Duration
	// Values holds, for each label in order, values to create in advance; the
	// series of all their combinations exist from the start.
	Values [][]string
}

// OverflowValue is the value of every label of the series that takes the place
// of those beyond a limit.
const OverflowValue = "_overflow"

// family is what all series of one declaration share.
type family struct {
	registry   *Registry
	spec       cell.Spec
	sampleName string
	schema     *metric.LabelSchema
	opts       SeriesOpts
	histogram  *histogramShape
	summary    *summaryShape

	// clock is the generation that updates leave in their series when
	// series may expire.
	clock      atomic.Uint32
	lastSweep  time.Time
	overflowed atomic.Uint64 // look-ups beyond the limit
	// unsupported is set when the store cannot keep this family at all.
	unsupported atomic.Bool
	// strays is how many pieces of series that are in the store had no room
	// there.
	strays atomic.Int64
	// released is set when the family is unregistered, and guarded by the
	// mutex of its table.
	released bool
}

// expires reports whether series go when they are idle. That of a family
// without labels does not: its instrument is handed out once, for good.
func (f *family) expires() bool { return f.opts.IdleAfter > 0 && len(f.spec.LabelNames) > 0 }

// specOf builds the description that a declaration stands for. Like the Python
// client, it appends a unit that the name does not end in. No labels are nil,
// however they were given, so that equal declarations are equal.
func specOf(t metric.Type, name, help, unit string, labels []string) cell.Spec {
	name = metric.StripSuffix(t, name)
	if unit != "" && !strings.HasSuffix(name, "_"+unit) {
		name += "_" + unit
	}
	return cell.Spec{Desc: metric.Desc{
		Name: name, Help: help, Unit: unit, Type: t, LabelNames: slices.Concat(labels),
	}}
}

// Reasons for which an update is not taken.
const (
	rejectNegative = iota
	rejectLabels
	rejectExemplar
	rejectState
	rejectReasons
)

var rejectNames = [rejectReasons]string{"negative", "labels", "exemplar", "state"}

// reject counts an update that was not taken and tells the registry's OnError.
func (f *family) reject(reason int, format string, args ...any) {
	if f == nil || f.registry == nil {
		return // never declared
	}
	f.registry.rejected[reason].Add(1)
	if f.registry.onError != nil {
		f.registry.onError(fmt.Errorf("polymeter: %s: %s", f.spec.Name, fmt.Sprintf(format, args...)))
	}
}

// exemplarFrom asks the registry's hook for the exemplar labels of ctx.
func (f *family) exemplarFrom(ctx context.Context) (metric.Labels, bool) {
	if f == nil || f.registry.exemplarFromContext == nil {
		return metric.Labels{}, false
	}
	return f.registry.exemplarFromContext(ctx)
}

// storeExemplar keeps an exemplar if OpenMetrics allows it, and reports whether it
// does.
func (f *family) storeExemplar(slot *atomic.Pointer[metric.Exemplar], v float64, labels metric.Labels) bool {
	e := &metric.Exemplar{Labels: labels, Value: v, Timestamp: metric.TimestampOf(time.Now())}
	if err := e.Validate(); err != nil {
		f.reject(rejectExemplar, "%v", err)
		return false
	}
	slot.Store(e)
	return true
}
