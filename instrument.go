package polymeter

import (
	"polymeter.dev/internal/cell"
	"polymeter.dev/metric"
)

// instrument is what a [Vec] asks of the kinds of instruments.
type instrument interface {
	// init prepares a new instrument, which nobody else knows yet, in the
	// heap.
	init(f *family, labels metric.Labels)
	// each completes the sample, whose name and labels are set, and
	// visits it, or several.
	each(s *metric.Sample, w *workspace, visit func(*metric.Sample) error) error
	// hold keeps everybody else from moving or reading the values until
	// letGo.
	hold()
	letGo()
	// enter carries the values into a store while others go on updating. The
	// caller holds them. It reports false when the store had no room after
	// all and nothing moved.
	enter(f *family, place *cell.Place) bool
	// leave carries the values back to the heap in the same way. What adds up
	// stays in the store as well, unless it is taken out: then somebody who
	// counts in the same place does not carry it away a second time.
	leave(f *family, takeOut bool)
	// strays reports whether there is something that belongs into the store
	// but is not there, for want of room. settle tries again to put it there
	// and reports whether nothing is left.
	strays() bool
	settle() bool
	// divisible says that what strays adds to what is in the store, and
	// eachStray visits a sample of it, if there is any. Otherwise what is in
	// the store is out of date.
	divisible() bool
	eachStray(s *metric.Sample, w *workspace, visit func(*metric.Sample) error) error
	// idle reports whether no update has come for a whole generation.
	idle(generation uint32) bool
}

// workspace is the memory that a walk over series reuses from sample to
// sample.
type workspace struct {
	histogram metric.Histogram
	native    metric.NativeHistogram
	summary   metric.Summary
	exemplars []metric.Exemplar
	merges    bool // the samples are merged with those of other processes
}
