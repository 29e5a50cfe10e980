package polymeter

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"polymeter.dev/internal/cell"
	"polymeter.dev/metric"
	"polymeter.dev/multiprocess"
)

// FuncVec is a family whose values are asked for at each scrape: a callback for
// each series. Callbacks run like a collector: one that panics or hangs costs
// its family, not the scrape. Its methods may be called concurrently.
//
// With a store, callbacks are asked every few seconds besides, and other processes
// show what they return, too: as that of a collector that is published, see
// [Registry.Publish]. Gauges follow the mode they were declared with.
type FuncVec struct {
	desc   metric.Desc
	name   string
	schema *metric.LabelSchema

	mu    sync.Mutex
	order []metric.Labels
	funcs map[metric.Labels]func() float64
}

// NewGaugeFunc declares a gauge whose value f returns at each scrape.
func (r *Registry) NewGaugeFunc(o GaugeOpts, f func() float64) error {
	return r.newFunc(o.spec(), f)
}

// NewGaugeFuncVec declares gauges whose values are asked for at each scrape.
func (r *Registry) NewGaugeFuncVec(o GaugeOpts) (*FuncVec, error) { return r.newFuncVec(o.spec()) }

// NewCounterFunc declares a counter whose total f returns at each scrape; it
// must never go down.
func (r *Registry) NewCounterFunc(o CounterOpts, f func() float64) error {
	return r.newFunc(o.spec(), f)
}

// NewCounterFuncVec declares counters whose totals are asked for at each
// scrape; they must never go down.
func (r *Registry) NewCounterFuncVec(o CounterOpts) (*FuncVec, error) { return r.newFuncVec(o.spec()) }

func (r *Registry) newFunc(spec cell.Spec, f func() float64) error {
	if len(spec.LabelNames) > 0 {
		return cannotDeclare(spec.Type.String(), spec.Name, errLabels)
	}
	v, err := makeFuncVec(spec)
	if err != nil {
		return err
	}
	if err := v.Set(f); err != nil {
		return err
	}
	return r.publishFunc(v, spec.Mode)
}

func (r *Registry) newFuncVec(spec cell.Spec) (*FuncVec, error) {
	v, err := makeFuncVec(spec)
	if err != nil {
		return nil, err
	}
	if err := r.publishFunc(v, spec.Mode); err != nil {
		return nil, err
	}
	return v, nil
}

// publishFunc registers callbacks. What they return is a value of this process,
// so it is published.
func (r *Registry) publishFunc(v *FuncVec, mode metric.GaugeMode) error {
	return r.Publish(v, &multiprocess.PublishOptions{Mode: mode})
}

func makeFuncVec(spec cell.Spec) (*FuncVec, error) {
	schema, err := metric.NewLabelSchema(spec.LabelNames)
	if err != nil {
		return nil, cannotDeclare(spec.Type.String(), spec.Name, err)
	}
	return &FuncVec{
		desc: spec.Desc, name: spec.SampleName(),
		schema: schema, funcs: make(map[metric.Labels]func() float64),
	}, nil
}

// Set makes f the callback of the series with these label values. It fails when
// they are wrong in number or not valid UTF-8, and when f is nil.
func (v *FuncVec) Set(f func() float64, values ...string) error {
	if f == nil {
		return fmt.Errorf("polymeter: %s: the callback is nil", v.desc.Name)
	}
	labels, err := v.labels(values)
	if err != nil {
		return fmt.Errorf("polymeter: %s: %w", v.desc.Name, err)
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	if _, exists := v.funcs[labels]; !exists {
		v.order = append(v.order, labels)
	}
	v.funcs[labels] = f
	return nil
}

func (v *FuncVec) labels(values []string) (metric.Labels, error) {
	if v.schema == nil {
		return metric.Labels{}, errors.New("the vector was never declared")
	}
	return v.schema.Make(values)
}

// Delete lets the series with these label values go and reports whether there
// was one.
func (v *FuncVec) Delete(values ...string) bool {
	labels, err := v.labels(values)
	if err != nil {
		return false
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	if _, exists := v.funcs[labels]; !exists {
		return false
	}
	delete(v.funcs, labels)
	i := slices.Index(v.order, labels)
	v.order = slices.Concat(v.order[:i], v.order[i+1:]) // a scrape may walk the old one
	return true
}

// Describe returns the one family.
func (v *FuncVec) Describe() []*metric.Desc { return []*metric.Desc{&v.desc} }

// Collect emits the one family.
func (v *FuncVec) Collect(_ context.Context, emit func(metric.Family) error) error {
	return emit(funcFamily{v})
}

type funcFamily struct{ vec *FuncVec }

// Desc describes the family.
func (f funcFamily) Desc() *metric.Desc { return &f.vec.desc }

// Each calls the callbacks, without the lock, and visits their values.
func (f funcFamily) Each(visit func(*metric.Sample) error) error {
	v := f.vec
	v.mu.Lock()
	order := v.order
	v.mu.Unlock()
	var s metric.Sample
	for _, labels := range order {
		v.mu.Lock()
		call := v.funcs[labels]
		v.mu.Unlock()
		if call == nil {
			continue // deleted meanwhile
		}
		s = metric.Sample{Name: v.name, Labels: labels, Value: call()}
		if err := visit(&s); err != nil {
			return err
		}
	}
	return nil
}
