package polymeter

import (
	"context"
	"errors"
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
	// processes; nil keeps everything in the heap. See [Registry.Attach].
	Store *multiprocess.Store
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

	rejected    [rejectReasons]atomic.Uint64
	overflowed  atomic.Uint64
	lost        atomic.Uint64 // families and collectors lost in collections
	storeErrors atomic.Uint64
	link        atomic.Pointer[storeLink]
	target      atomic.Pointer[metric.Labels]

	mu      sync.Mutex
	entries []*entry // in the order of registration; replaced, never changed
	claims  gather.Claims
}

// entry is one thing that is registered: either a family of ours or a collector
// of any kind.
type entry struct {
	declared declared
	source   *gather.Source
	// descs are the families it may emit, or nil when that is not known.
	descs []*metric.Desc
}

// declared is what a Registry asks of the vectors of instruments, whatever
// their kind.
type declared interface {
	shared() *family
	// view shows the series, or those of them that are not in the store;
	// false means that there are none of these.
	view(heapOnly bool) (metric.Family, bool)
	sweep(now time.Time)
	attach()
	detach()
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
	}
	if r.timeout == 0 {
		r.timeout = defaultCollectTimeout
	}
	if err := r.SetTargetInfo(o.TargetInfo); err != nil {
		panic(err)
	}
	if o.Store != nil {
		if err := r.Attach(o.Store); err != nil {
			panic(err)
		}
	}
	return r
}

// Register adds a collector. If it is a [metric.Describer], the names of its
// families are claimed, and a clash with what is registered already is an
// error; so are registering the same collector twice, and a
// [multiprocess.Collector] for the directory of the registry's own store, whose
// values the registry shows anyway.
func (r *Registry) Register(c metric.Collector) error {
	if err := r.checkCollector(c); err != nil {
		return err
	}
	e := &entry{source: gather.NewSource(c)}
	if d, ok := c.(metric.Describer); ok {
		e.descs = d.Describe()
	} else if r.describe {
		e.descs = r.describeByCollecting(e.source)
	}
	return r.add(e)
}

// MustRegister registers collectors and panics at the first error.
func (r *Registry) MustRegister(collectors ...metric.Collector) {
	for _, c := range collectors {
		if err := r.Register(c); err != nil {
			panic(err)
		}
	}
}

func (r *Registry) checkCollector(c metric.Collector) error {
	if c == nil {
		return errors.New("polymeter: cannot register a nil collector")
	}
	if !reflect.TypeOf(c).Comparable() {
		return nil // a func cannot be recognised; see Unregister
	}
	if c == metric.Collector(r) {
		return errors.New("polymeter: a registry cannot be registered in itself")
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.indexOf(c) >= 0 {
		return fmt.Errorf("polymeter: collector %T is already registered", c)
	}
	return r.checkDirectories(c)
}

func (r *Registry) indexOf(c metric.Collector) int {
	return slices.IndexFunc(r.entries, func(e *entry) bool {
		return e.source != nil && reflect.TypeOf(e.source.Collector()).Comparable() && e.source.Collector() == c
	})
}

func (r *Registry) describeByCollecting(s *gather.Source) []*metric.Desc {
	ctx, cancel := context.WithTimeout(context.Background(), r.timeout)
	defer cancel()
	run := s.Start(ctx, gather.Options{Validation: r.validation})
	defer run.Release()
	families, _ := run.Wait(ctx)
	descs := make([]*metric.Desc, 0, len(families))
	for _, f := range families {
		d := *f.Desc()
		descs = append(descs, &d)
	}
	return descs
}

// add claims the entry's names and appends it.
func (r *Registry) add(e *entry) error {
	for _, d := range e.descs {
		if err := d.Validate(r.validation); err != nil {
			return fmt.Errorf("polymeter: cannot register: %w", err)
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, d := range e.descs {
		if err := r.claims.Add(e, d); err != nil {
			r.claims.Remove(e)
			return fmt.Errorf("polymeter: cannot register: %w", err)
		}
	}
	r.entries = append(slices.Clip(r.entries), e)
	return nil
}

// Unregister removes a collector, or a vector or instrument made by the
// registry, and gives up its names. It reports whether it was registered. Its
// handles stay usable. A collector that is a function value cannot be
// recognised and so not be removed.
func (r *Registry) Unregister(c any) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	i := r.find(c)
	if i < 0 {
		return false
	}
	e := r.entries[i]
	r.claims.Remove(e)
	r.entries = slices.Delete(slices.Clone(r.entries), i, i+1)
	if e.declared != nil {
		e.declared.detach()
	}
	return true
}

func (r *Registry) find(c any) int {
	if collector, ok := c.(metric.Collector); ok && reflect.TypeOf(c).Comparable() {
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
	States    []string
}

func (f *family) declaration() declaration {
	return declaration{f.spec, f.opts, f.histogram, f.summary, f.states}
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
	v := &Vec[M]{family: family{
		registry: r, spec: want.Spec, schema: schema, opts: want.Opts, lastSweep: time.Now(),
		histogram: want.Histogram, summary: want.Summary, states: want.States,
	}}
	v.sampleName = v.spec.SampleName()
	v.discard = new(M)
	existing, err := r.addDeclared(v, want)
	if err != nil {
		return fail(err)
	}
	if existing != nil {
		same, ok := existing.(*Vec[M])
		if !ok {
			return fail(fmt.Errorf("it was declared before as another kind of instrument"))
		}
		return same, nil
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
		if reflect.DeepEqual(e.declared.shared().declaration(), want) {
			return e.declared, nil
		}
		return nil, errors.New("it was declared before with other options")
	}
	e := &entry{declared: d, descs: []*metric.Desc{&d.shared().spec.Desc}}
	if err := r.claims.Add(e, e.descs[0]); err != nil {
		return nil, err
	}
	r.entries = append(slices.Clip(r.entries), e)
	return nil, nil
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
