package polymeter

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"polymeter.dev/internal/cell"
	"polymeter.dev/internal/gather"
	"polymeter.dev/metric"
	"polymeter.dev/multiprocess"
)

// RegistryOptions configures a Registry. The zero value is the default.
type RegistryOptions struct {
	// Validation says which names are valid; the zero value follows the
	// process-wide switch at the time of each declaration.
	Validation metric.Validation
	// Store keeps the values of all instruments where other processes can
	// read them, and makes the registry show the merged values of all
	// processes; nil keeps everything in the heap. It is attached as by
	// [Registry.Attach]; when that fails, the error is logged and counted in
	// polymeter_store_open_errors_total, and everything stays in the heap.
	Store *multiprocess.Store
	// Merge says how the registry merges the directory of its store.
	Merge *multiprocess.CollectorOptions
	// TargetInfo describes the whole process, as the labels of target_info.
	TargetInfo map[string]string
	// OnError, when set, is told of every update that could not be taken:
	// a negative increment, wrong labels, an oversized exemplar. It may be
	// called concurrently and must return soon.
	OnError func(error)
	// ExemplarFromContext, when set, finds the exemplar labels, usually a
	// trace id, for AddContext and ObserveContext.
	ExemplarFromContext func(context.Context) (metric.Labels, bool)
	// CollectTimeout bounds a collection whose context has no deadline; 0
	// means 10 seconds.
	CollectTimeout time.Duration
	// DescribeByCollecting collects once when a collector is registered that
	// is no [metric.Describer], to claim the names that it emits.
	DescribeByCollecting bool
}

const defaultCollectTimeout = 10 * time.Second

// Registry is a set of instruments and collectors that are shown together. It
// is a [metric.Collector] itself. Its methods may be called concurrently.
type Registry struct {
	validation          metric.Validation
	onError             func(error)
	exemplarFromContext func(context.Context) (metric.Labels, bool)
	timeout             time.Duration
	describe            bool
	merge               *multiprocess.CollectorOptions

	rejected    [rejectReasons]atomic.Uint64
	storeErrors atomic.Uint64
	link        atomic.Pointer[storeLink]
	target      atomic.Pointer[metric.Labels]

	// moves is locked while a store is attached or closed, or series move into
	// it; before mu, if both are.
	moves sync.RWMutex

	mu      sync.Mutex
	left    []string // directories of stores that were closed
	entries []*entry // in the order of registration; replaced, never changed
	claims  gather.Claims
	lost    map[string]uint64 // what collections lost, by collector
}

// entry is one thing that is registered: either a family of ours or a collector
// of any kind.
type entry struct {
	declared  declared
	source    *gather.Source
	published *published // nil unless a store may show the collector
	// descs are the families that it is known to have; described says that it
	// has no others.
	descs     []*metric.Desc
	described bool
}

// guarded reports whether the entry is a collector that needs no guard.
func (e *entry) guarded() bool { return e.source != nil && gather.IsGuarded(e.source.Collector()) }

// declared is what a Registry asks of the vectors of instruments, whatever
// their kind.
type declared interface {
	shared() *family
	// view shows the series, viewHeap those that are not in the store; false
	// means that there are none of these.
	view() metric.Family
	viewHeap() (metric.Family, bool)
	sweep(now time.Time)
	waits() bool
	waiting() int
	attach()
	detach(takeOut bool)
	release()
}

// NewRegistry returns an empty registry. It panics if the options' target
// information is invalid.
func NewRegistry(o *RegistryOptions) *Registry {
	if o == nil {
		o = &RegistryOptions{}
	}
	r := &Registry{
		validation:          o.Validation,
		onError:             o.OnError,
		exemplarFromContext: o.ExemplarFromContext,
		timeout:             o.CollectTimeout,
		describe:            o.DescribeByCollecting,
		merge:               o.Merge,
	}
	if err := r.SetTargetInfo(o.TargetInfo); err != nil {
		panic(err)
	}
	if o.Store != nil {
		if err := r.Attach(o.Store); err != nil {
			r.noStore(o.Store.Dir(), err)
		}
	}
	return r
}

// Unregister removes a collector, or a vector or instrument made by the
// registry, and gives up its names. It reports whether it was registered. Its
// handles stay usable. A collector that is a function value cannot be
// recognised and so not be removed.
func (r *Registry) Unregister(c any) bool {
	e := r.remove(c)
	if e != nil && e.published != nil {
		e.published.end()
	}
	return e != nil
}

// remove removes an entry and returns it, or nil if there is none.
func (r *Registry) remove(c any) *entry {
	r.mu.Lock()
	defer r.mu.Unlock()
	i := r.find(c)
	if i < 0 {
		return nil
	}
	e := r.entries[i]
	r.claims.Remove(e)
	r.entries = slices.Delete(slices.Clone(r.entries), i, i+1)
	if e.declared != nil {
		e.declared.release()
	}
	return e
}

func (r *Registry) find(c any) int {
	if collector, ok := c.(metric.Collector); ok && recognisable(collector) {
		if i := r.indexOf(collector); i >= 0 {
			return i
		}
	}
	if d, ok := c.(declared); ok {
		return slices.IndexFunc(r.entries, func(e *entry) bool { return e.declared == d })
	}
	if m, ok := c.(interface{ declaredBy() *family }); ok {
		return slices.IndexFunc(r.entries, func(e *entry) bool {
			return e.declared != nil && e.declared.shared() == m.declaredBy()
		})
	}
	return -1
}

// snapshot returns the entries, which must not be changed.
func (r *Registry) snapshot() []*entry {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.entries
}

// declaration is what makes two declarations identical.
type declaration struct {
	Spec      cell.Spec
	Opts      SeriesOpts
	Histogram *histogramShape
	Summary   *summaryShape
}

func (f *family) declaration() declaration {
	return declaration{f.spec, f.opts, f.histogram, f.summary}
}

// unlike says what distinguishes a declaration from another of the same name.
func (d declaration) unlike(other declaration) string {
	switch own, others := d.Spec, other.Spec; {
	case own.Type != others.Type:
		return "as " + own.Type.String()
	case !slices.Equal(own.LabelNames, others.LabelNames):
		return fmt.Sprintf("with the labels %q", own.LabelNames)
	case own.Help != others.Help:
		return fmt.Sprintf("with the help %q", own.Help)
	case own.Unit != others.Unit:
		return fmt.Sprintf("with the unit %q", own.Unit)
	case own.Mode != others.Mode:
		return fmt.Sprintf("with the mode %s", own.Mode)
	case !slices.Equal(own.Bounds, others.Bounds):
		return fmt.Sprintf("with the buckets %v", own.Bounds)
	}
	return "with other options"
}

// declare registers a vector, or returns the one that an identical declaration
// made before.
func declare[M any](r *Registry, want declaration) (*Vec[M], error) {
	fail := func(err error) (*Vec[M], error) {
		return nil, cannotDeclare(want.Spec.Type.String(), want.Spec.Name, err)
	}
	if err := want.Spec.Validate(r.validation); err != nil {
		return fail(err)
	}
	if !want.Spec.Mode.Valid() {
		return fail(fmt.Errorf("gauge mode %d does not exist", want.Spec.Mode))
	}
	schema, err := metric.NewLabelSchema(want.Spec.LabelNames)
	if err != nil {
		return fail(err)
	}
	combinations, err := want.Opts.combinations(want.Spec.LabelNames)
	if err != nil {
		return fail(err)
	}
	want.Opts.Values = cloneValues(want.Opts.Values)
	v := &Vec[M]{family: family{
		registry: r, spec: want.Spec, schema: schema, opts: want.Opts, lastSweep: time.Now(),
		histogram: want.Histogram, summary: want.Summary,
	}}
	v.sampleName = v.spec.SampleName()
	v.table.hasher = newHasher()
	existing, err := r.addDeclared(v, want)
	if err != nil {
		return fail(err)
	}
	if existing != nil {
		return existing.(*Vec[M]), nil // as the type of metric says
	}
	for _, values := range combinations {
		v.With(values...)
	}
	return v, nil
}

// addDeclared appends a vector unless an identical one exists, which it then
// returns.
func (r *Registry) addDeclared(d declared, want declaration) (declared, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, e := range r.entries {
		if e.declared == nil || e.declared.shared().spec.Name != want.Spec.Name {
			continue
		}
		before := e.declared.shared().declaration()
		if reflect.DeepEqual(before, want) {
			return e.declared, nil
		}
		return nil, fmt.Errorf("it was declared before %s", before.unlike(want))
	}
	e := &entry{declared: d, descs: []*metric.Desc{&d.shared().spec.Desc}, described: true}
	if err := r.claims.Add(e, e.descs[0]); err != nil {
		return nil, err
	}
	r.entries = append(slices.Clip(r.entries), e)
	return nil, nil
}

// cloneValues keeps a declaration as it was when the caller changes its options.
func cloneValues(values [][]string) [][]string {
	cloned := slices.Clone(values)
	for i := range cloned {
		cloned[i] = slices.Clone(cloned[i])
	}
	return cloned
}

// combinations returns the label values to create in advance.
func (o *SeriesOpts) combinations(labels []string) ([][]string, error) {
	if o.Values == nil {
		return nil, nil
	}
	if len(o.Values) != len(labels) {
		return nil, fmt.Errorf("values of %d labels to create in advance, but %d labels %q", len(o.Values), len(labels), labels)
	}
	all := [][]string{nil}
	for _, values := range o.Values {
		var longer [][]string
		for _, begun := range all {
			for _, value := range values {
				longer = append(longer, append(slices.Clone(begun), value))
			}
		}
		all = longer
	}
	return all, nil
}
