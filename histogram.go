package polymeter

import (
	"context"
	"fmt"
	"math"
	"slices"
	"sync/atomic"

	"polymeter.dev/internal/cell"
	"polymeter.dev/metric"
)

// HistogramOpts declares a histogram or a vector of histograms.
type HistogramOpts struct {
	Name string
	// Help is a sentence for humans.
	Help string
	// Unit is the base unit; when set, it is appended to the name unless the
	// name already ends in it.
	Unit string
	// Labels are the label names of a vector.
	Labels []string
	// Buckets are the upper bounds of the classic buckets, ascending; +Inf is
	// added. When nil, they are [DefaultBuckets], or none if Native is set.
	Buckets []float64
	// Native adds native buckets; nil means none.
	Native *NativeOpts
	// Series bounds and prepares the series of a vector.
	Series SeriesOpts
}

// DefaultBuckets returns the bounds that histograms have by default, meant for
// the seconds that a network service takes.
func DefaultBuckets() []float64 {
	return []float64{.005, .01, .025, .05, .075, .1, .25, .5, .75, 1, 2.5, 5, 7.5, 10, math.Inf(1)}
}

// LinearBuckets returns n bounds: start, start+width, and so on.
func LinearBuckets(start, width float64, n int) []float64 {
	bounds := make([]float64, max(n, 0))
	for i := range bounds {
		bounds[i] = start + float64(i)*width
	}
	return bounds
}

// ExponentialBuckets returns n bounds: start, start*factor, and so on.
func ExponentialBuckets(start, factor float64, n int) []float64 {
	bounds := make([]float64, max(n, 0))
	for i := range bounds {
		bounds[i] = start
		start *= factor
	}
	return bounds
}

// histogramShape is what the series of one histogram family share.
type histogramShape struct {
	bounds []float64 // ascending, the last one +Inf; nil without classic buckets
	native *nativeShape
}

func (o *HistogramOpts) shape() (*histogramShape, error) {
	s := new(histogramShape)
	if o.Native != nil {
		native, err := o.Native.shape()
		if err != nil {
			return nil, err
		}
		s.native = native
	}
	if o.Native != nil && o.Buckets == nil {
		return s, nil
	}
	bounds := slices.Clone(o.Buckets)
	if o.Buckets == nil {
		bounds = DefaultBuckets()
	}
	if n := len(bounds); n == 0 || !math.IsInf(bounds[n-1], 1) {
		bounds = append(bounds, math.Inf(1))
	}
	for i, b := range bounds {
		if math.IsNaN(b) || (i > 0 && b <= bounds[i-1]) {
			return nil, fmt.Errorf("bucket bounds %v are not ascending at %v", o.Buckets, b)
		}
	}
	s.bounds = bounds
	return s, nil
}

func (o *HistogramOpts) spec(s *histogramShape) cell.Spec {
	spec := specOf(metric.TypeHistogram, o.Name, o.Help, o.Unit, o.Labels)
	spec.Bounds = s.bounds
	if s.native != nil {
		spec.Native, spec.ZeroThreshold = true, s.native.threshold
	}
	return spec
}

// find returns the index of the bucket that v belongs to: the first whose bound
// is not below it. NaN belongs to the last one.
func (s *histogramShape) find(v float64) int {
	low, n := 0, len(s.bounds)
	for n > 1 { // halves without a branch that could be mispredicted
		half := n / 2
		if s.bounds[low+half-1] < v {
			low += half
		}
		n -= half
	}
	if v != v {
		return len(s.bounds) - 1
	}
	return low
}

// Histogram counts observations in buckets. Its methods may be called
// concurrently; they neither block nor panic, and allocate only what an
// exemplar or a new native bucket needs.
//
// In every scrape the count equals the +Inf bucket; the sum may lack
// observations that are under way.
type Histogram struct {
	base
	cell      atomic.Pointer[histogramCell]
	shape     *histogramShape
	native    *nativeCounts
	exemplars atomic.Pointer[exemplarSlots]
	annex     atomic.Pointer[cell.Annex] // of the place in a store, if it has one
}

// histogramCell is where a histogram counts: one cell per classic bucket, not
// cumulative, and one for the sum.
type histogramCell struct {
	counts []atomic.Uint64  // whole numbers side by side, or
	words  []*atomic.Uint64 // cells wherever a store has them,
	whole  bool             // with whole numbers or floats
	sum    cell.Float
}

func (h *Histogram) init(f *family, _ metric.Labels) {
	h.join(f)
	h.shape = f.histogram
	if h.shape.native != nil {
		h.native = newNativeCounts(h.shape.native, &f.strays)
	}
	h.cell.Store(newHeapHistogram(h.shape))
}

func newHeapHistogram(s *histogramShape) *histogramCell {
	words := make([]atomic.Uint64, len(s.bounds)+1)
	n := len(s.bounds)
	return &histogramCell{counts: words[:n:n], sum: cell.FloatAt(&words[n])}
}

// Observe counts v in its bucket. NaN is counted in the +Inf bucket, in no
// native bucket, and makes the sum NaN.
func (h *Histogram) Observe(v float64) {
	k := h.cell.Load()
	if h.native != nil || k == nil || h.clock != nil {
		h.ObserveN(v, 1)
		return
	}
	// The usual case, with classic buckets only.
	i := h.shape.find(v)
	counted := false
	switch {
	case k.counts != nil:
		counted = cell.WholeAt(&k.counts[i]).Add(1)
	case !k.whole:
		counted = cell.FloatAt(k.words[i]).Add(1)
	}
	if !counted {
		h.ObserveN(v, 1)
		return
	}
	if !k.sum.Add(v) {
		h.addSum(v)
	}
}

// ObserveN counts v n times at once.
func (h *Histogram) ObserveN(v float64, n uint64) {
	if h.shape == nil || n == 0 {
		return
	}
	h.touch()
	if h.native != nil {
		h.native.observe(v, n)
	}
	if h.shape.bounds != nil {
		i := h.shape.find(v)
		for !h.cell.Load().count(i, n) {
		}
	}
	if n != 1 {
		v *= float64(n)
	}
	h.addSum(v)
}

func (h *Histogram) addSum(v float64) {
	for !h.cell.Load().sum.Add(v) {
	}
}

// count reports false when the cell has been retired meanwhile.
func (k *histogramCell) count(i int, n uint64) bool {
	switch {
	case k.counts != nil:
		return cell.WholeAt(&k.counts[i]).Add(n)
	case k.whole:
		return cell.WholeAt(k.words[i]).Add(n)
	}
	return cell.FloatAt(k.words[i]).Add(float64(n))
}

// load returns the count of the i-th bucket alone.
func (k *histogramCell) load(i int) float64 {
	switch {
	case k.counts != nil:
		return float64(cell.WholeAt(&k.counts[i]).Load())
	case k.whole:
		return float64(cell.WholeAt(k.words[i]).Load())
	}
	return cell.FloatAt(k.words[i]).Load()
}

// ObserveWithExemplar counts v and remembers the labels, with v and the current
// time, as the exemplar of its bucket. Labels that break OpenMetrics' limit of
// 128 code points are counted and reported; v is counted all the same.
func (h *Histogram) ObserveWithExemplar(v float64, labels metric.Labels) {
	h.Observe(v)
	if h.shape == nil || math.IsNaN(v) {
		return
	}
	slots := h.exemplars.Load()
	if slots == nil {
		h.exemplars.CompareAndSwap(nil, newExemplarSlots(len(h.shape.bounds)))
		slots = h.exemplars.Load()
	}
	i := slots.slot(h.shape, v)
	if h.family.storeExemplar(&slots.slots[i], v, labels) {
		shareExemplar(&h.annex, &slots.slots[i], i)
	}
}

// ObserveContext is Observe with the exemplar that the registry's
// ExemplarFromContext finds in ctx, if any.
func (h *Histogram) ObserveContext(ctx context.Context, v float64) {
	if labels, found := h.family.exemplarFrom(ctx); found {
		h.ObserveWithExemplar(v, labels)
		return
	}
	h.Observe(v)
}

func (h *Histogram) each(s *metric.Sample, w *workspace, visit func(*metric.Sample) error) error {
	h.settled(func() { h.cell.Load().fill(w, h.shape.bounds) })
	if h.native != nil {
		h.native.fill(w)
	}
	s.Histogram, s.Start = &w.histogram, h.start()
	if slots := h.exemplars.Load(); slots != nil {
		w.exemplars = slots.appendTo(w.exemplars[:0])
		s.Exemplars = w.exemplars
	}
	return visit(s)
}

// fill completes the workspace's histogram with the classic buckets.
func (k *histogramCell) fill(w *workspace, bounds []float64) {
	h := &w.histogram
	h.Sum, h.Count, h.Buckets, h.Native = k.sum.Load(), 0, h.Buckets[:0], nil
	for i, bound := range bounds {
		h.Count += k.load(i)
		h.Buckets = append(h.Buckets, metric.Bucket{UpperBound: bound, Count: h.Count})
	}
}
