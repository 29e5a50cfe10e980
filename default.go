package polymeter

import (
	"errors"
	"log/slog"
	"os"
	"sync"

	"polymeter.dev/metric"
	"polymeter.dev/multiprocess"
)

var defaultRegistry = sync.OnceValue(func() *Registry {
	r := NewRegistry(nil)
	if dir := multiprocess.DirFromEnv(); dir != "" {
		r.openStore(dir)
	}
	return r
})

// Default returns the registry that the package-level constructors use. It
// comes into being at the first call, and then keeps its values in the
// directory that the environment variable PROMETHEUS_MULTIPROC_DIR names, if
// any. A store that cannot be opened is logged once, shows in
// polymeter_store_open_errors_total, and leaves everything in the heap. A
// program that decides later calls Attach on it in main.
//
// The Default registry has no collectors of its own.
func Default() *Registry { return defaultRegistry() }

// openStore attaches a store or notes why there is none.
func (r *Registry) openStore(dir string) {
	store, err := multiprocess.Open(dir, nil)
	if err == nil {
		if err = r.Attach(store); err != nil {
			err = errors.Join(err, store.Close())
		}
	}
	if err != nil {
		r.noStore(dir, err)
	}
}

// noStore says that the registry goes on without a store.
func (r *Registry) noStore(dir string, err error) {
	r.storeErrors.Add(1)
	slog.Error("polymeter: metrics stay in this process", "directory", dir, "pid", os.Getpid(), "error", err)
}

// NewCounter is [Registry.NewCounter] on the Default registry. It panics if the
// declaration is wrong.
func NewCounter(o CounterOpts) *Counter { return Must(Default().NewCounter(o)) }

// NewCounterVec is [Registry.NewCounterVec] on the Default registry. It panics
// if the declaration is wrong.
func NewCounterVec(o CounterOpts) *CounterVec { return Must(Default().NewCounterVec(o)) }

// NewGauge is [Registry.NewGauge] on the Default registry. It panics if the
// declaration is wrong.
func NewGauge(o GaugeOpts) *Gauge { return Must(Default().NewGauge(o)) }

// NewGaugeVec is [Registry.NewGaugeVec] on the Default registry. It panics if
// the declaration is wrong.
func NewGaugeVec(o GaugeOpts) *GaugeVec { return Must(Default().NewGaugeVec(o)) }

// NewHistogram is [Registry.NewHistogram] on the Default registry. It panics if
// the declaration is wrong.
func NewHistogram(o HistogramOpts) *Histogram { return Must(Default().NewHistogram(o)) }

// NewHistogramVec is [Registry.NewHistogramVec] on the Default registry. It
// panics if the declaration is wrong.
func NewHistogramVec(o HistogramOpts) *HistogramVec { return Must(Default().NewHistogramVec(o)) }

// NewSummary is [Registry.NewSummary] on the Default registry. It panics if the
// declaration is wrong.
func NewSummary(o SummaryOpts) *Summary { return Must(Default().NewSummary(o)) }

// NewSummaryVec is [Registry.NewSummaryVec] on the Default registry. It panics
// if the declaration is wrong.
func NewSummaryVec(o SummaryOpts) *SummaryVec { return Must(Default().NewSummaryVec(o)) }

// NewInfo is [Registry.NewInfo] on the Default registry. It panics if the
// declaration is wrong.
func NewInfo(o InfoOpts) *Info { return Must(Default().NewInfo(o)) }

// NewInfoVec is [Registry.NewInfoVec] on the Default registry. It panics if the
// declaration is wrong.
func NewInfoVec(o InfoOpts) *InfoVec { return Must(Default().NewInfoVec(o)) }

// NewStateSet is [Registry.NewStateSet] on the Default registry. It panics if
// the declaration is wrong.
func NewStateSet(o StateSetOpts) *StateSet { return Must(Default().NewStateSet(o)) }

// NewStateSetVec is [Registry.NewStateSetVec] on the Default registry. It
// panics if the declaration is wrong.
func NewStateSetVec(o StateSetOpts) *StateSetVec { return Must(Default().NewStateSetVec(o)) }

// NewGaugeFunc is [Registry.NewGaugeFunc] on the Default registry. It panics if
// the declaration is wrong.
func NewGaugeFunc(o GaugeOpts, f func() float64) { check(Default().NewGaugeFunc(o, f)) }

// NewGaugeFuncVec is [Registry.NewGaugeFuncVec] on the Default registry. It
// panics if the declaration is wrong.
func NewGaugeFuncVec(o GaugeOpts) *FuncVec { return Must(Default().NewGaugeFuncVec(o)) }

// NewCounterFunc is [Registry.NewCounterFunc] on the Default registry. It
// panics if the declaration is wrong.
func NewCounterFunc(o CounterOpts, f func() float64) { check(Default().NewCounterFunc(o, f)) }

// NewCounterFuncVec is [Registry.NewCounterFuncVec] on the Default registry. It
// panics if the declaration is wrong.
func NewCounterFuncVec(o CounterOpts) *FuncVec { return Must(Default().NewCounterFuncVec(o)) }

// NewSnapshot is [Registry.NewSnapshot] on the Default registry. It panics if
// the declaration is wrong.
func NewSnapshot(d metric.Desc) *Snapshot { return Must(Default().NewSnapshot(d)) }

// Must returns v, or panics with err if there is one. It is for declarations on
// a Registry of your own in main and in package-level variables, where an error
// is a mistake in the source:
//
//	var jobs = polymeter.Must(registry.NewCounter(polymeter.CounterOpts{Name: "jobs"}))
func Must[T any](v T, err error) T {
	check(err)
	return v
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}
