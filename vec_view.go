package polymeter

import (
	"polymeter.dev/internal/gather"
	"polymeter.dev/metric"
)

// view shows the series of a vector as a family.
func (v *Vec[M]) view() metric.Family {
	return &vecFamily[M]{vec: v, series: v.table.snapshot()}
}

// viewHeap shows what is not in the store now, series and parts of series, if
// there is anything.
func (v *Vec[M]) viewHeap() (metric.Family, bool) {
	v.table.mu.Lock()
	defer v.table.mu.Unlock()
	if v.table.kept == 0 && v.strays.Load() == 0 || v.released {
		return nil, false
	}
	f := &vecFamily[M]{vec: v, merges: !v.unsupported.Load()}
	if v.table.kept > 0 {
		f.series = v.table.inHeap()
	}
	if v.strays.Load() > 0 {
		f.divided = v.table.divided()
	}
	return f, true
}

type vecFamily[M any] struct {
	vec     *Vec[M]
	series  []*series[M]
	divided []*series[M] // series of which only what strays is shown
	merges  bool
}

// Trusted marks the family as valid by construction.
func (f *vecFamily[M]) Trusted(gather.Mark) {}

// Desc describes the family.
func (f *vecFamily[M]) Desc() *metric.Desc { return &f.vec.spec.Desc }

// Each visits the series in the order they were made.
func (f *vecFamily[M]) Each(visit func(*metric.Sample) error) error {
	var s metric.Sample
	w := workspace{merges: f.merges}
	for _, e := range f.series {
		if e.dead.Load() {
			continue
		}
		s = metric.Sample{Name: f.vec.sampleName, Labels: e.labels}
		if err := kind(&e.metric).each(&s, &w, visit); err != nil {
			return err
		}
	}
	for _, e := range f.divided {
		if e.dead.Load() {
			continue
		}
		s = metric.Sample{Name: f.vec.sampleName, Labels: e.labels}
		if err := kind(&e.metric).eachStray(&s, &w, visit); err != nil {
			return err
		}
	}
	return nil
}
