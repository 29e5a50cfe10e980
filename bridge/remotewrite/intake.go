package remotewrite

import (
	"cmp"
	"math"
	"time"

	"polymeter.dev/internal/gather"
	"polymeter.dev/metric"
)

// rawLimit is how many series a family may have that comes line by line, and whose
// lines are put together here.
const rawLimit = 1_000_000

// intake turns what is collected into samples of series. It belongs to the
// collection that has its turn.
type intake struct {
	table       *table
	classicOnly bool
	stats       *stats
	put         func(item)

	composer metric.Composer
	expander metric.Expander
	staged   metric.Snapshot // of a family that was put together
	visit    func(*metric.Sample) error
	part     func(*metric.Part) error

	collection *collection
	now        int64 // the time of its samples, in milliseconds

	// The rest concerns the current family, and the current sample of it.

	desc   *metric.Desc
	family *family
	sample *metric.Sample
	time   int64
	timed  bool // by the sample itself

	histogram metric.Histogram // a histogram with custom bounds, as a classic one
	buckets   []metric.Bucket
	one       [1]metric.Exemplar
}

func newIntake(o *Options, stats *stats, put func(item)) *intake {
	in := &intake{table: newTable(o), classicOnly: o.ClassicOnly, stats: stats, put: put}
	in.visit, in.part = in.add, in.addPart
	return in
}

// begin starts a collection, at a time after that of the last one. Only when the clock
// was set back by more than a moment, samples are out of order until it has caught up.
func (in *intake) begin(c *collection) {
	const moment = 1000
	c.at = time.Now()
	now := c.at.UnixMilli()
	if now <= in.now && in.now-now < moment {
		now = in.now + 1
	}
	in.collection, in.now = c, now
	in.table.begin()
}

// take puts all samples of a family into the queue. An error means that there is
// nothing of it, unless the family itself broke off.
func (in *intake) take(f metric.Family) error {
	in.desc = f.Desc()
	in.family = in.table.familyOf(in.desc)
	f, err := in.whole(f)
	if err == nil {
		err = f.Each(in.visit)
	}
	in.desc, in.family, in.sample = nil, nil, nil
	return err
}

// whole returns the family with the lines of its histograms and summaries, and the
// start times of its counters, put together. Counters of this module are so from the
// beginning, and what is passes through.
func (in *intake) whole(f metric.Family) (metric.Family, error) {
	trusted := gather.IsTrusted(f)
	if !in.desc.Type.Composite() && (in.desc.Type != metric.TypeCounter || trusted) {
		return f, nil
	}
	f = in.composer.Compose(f, rawLimit)
	if trusted {
		return f, nil
	}
	// The lines may turn out not to fit when some of the family has been seen.
	if err := in.staged.Load(f); err != nil {
		return nil, err
	}
	return &in.staged, nil
}

// add adds one sample of the current family.
func (in *intake) add(s *metric.Sample) error {
	in.sample, in.time, in.timed = s, in.now, false
	if ms, ok := millis(s.Timestamp); ok {
		in.time, in.timed = ms, true
	}
	switch {
	case s.Histogram != nil:
		return in.addHistogram()
	case s.Summary != nil:
		return in.expander.Each(in.desc.Type, s, in.part)
	}
	in.append(point{key: seriesKey{name: in.name(), labels: s.Labels}, value: s.Value, start: s.Start, exemplars: s.Exemplars})
	return nil
}

// name returns the name of a simple sample on the wire: that of a counter as it was
// written where it comes from a page.
func (in *intake) name() string {
	d := in.desc
	main := d.SampleName()
	if d.Type == metric.TypeCounter {
		main = d.FullName()
	}
	switch in.sample.Name {
	case d.Name, d.SampleName(), d.Written:
		return main
	}
	return in.sample.Name
}

// addHistogram adds the native form of a histogram, the classic one, or both. Native
// buckets with custom bounds are classic ones by nature, here as in all formats.
func (in *intake) addHistogram() error {
	s, native := in.sample, in.sample.Histogram.Native
	switch {
	case native == nil:
	case native.Schema == metric.CustomBoundsSchema:
		in.histogram = *s.Histogram
		if len(in.histogram.Buckets) == 0 {
			in.buckets = native.AppendClassic(in.buckets[:0])
			in.histogram.Buckets = in.buckets
		}
		copied := *s
		copied.Histogram = &in.histogram
		s = &copied
	case !in.classicOnly:
		in.append(point{
			key: seriesKey{name: in.desc.Name, labels: s.Labels}, native: native, noSum: s.Histogram.NoSum,
			start: s.Start, exemplars: s.Exemplars,
		})
		if len(s.Histogram.Buckets) == 0 {
			return nil
		}
	}
	return in.expander.Each(in.desc.Type, s, in.part)
}

// addPart adds one line of a histogram or summary.
func (in *intake) addPart(p *metric.Part) error {
	at := point{
		key:       seriesKey{name: in.desc.Name, suffix: p.Suffix, bound: p.Bound, labels: in.sample.Labels},
		boundName: p.BoundName, value: p.Value, start: in.sample.Start,
	}
	if p.BoundName == "quantile" {
		at.start = metric.Timestamp{} // it goes up and down
	}
	if p.Exemplar != nil {
		in.one[0] = *p.Exemplar
		at.exemplars = in.one[:]
	}
	in.append(at)
	return nil
}

// point is a sample of one series of the receiver's.
type point struct {
	key       seriesKey
	boundName string
	value     float64
	native    *metric.NativeHistogram
	noSum     bool // of the native histogram
	start     metric.Timestamp
	exemplars []metric.Exemplar
}

// append puts a point into the queue, unless it cannot be said, or is not newer than
// what was there of the same series.
func (in *intake) append(p point) {
	s, err := in.table.get(p.key, p.boundName)
	if err != nil {
		in.stats.lost[lostUnnameable].Add(1)
		return
	}
	again := in.timed && s.timed && s.last == in.time
	s.seen, s.timed, s.native, s.family = in.table.turn, in.timed, p.native != nil, in.family
	switch {
	case again:
		return // a sample with a timestamp, which was there before
	case in.time <= s.last:
		in.stats.lost[lostDuplicate].Add(1)
		return
	}
	s.last = in.time
	it := item{series: s, family: in.family, collection: in.collection, time: in.time, start: in.startOf(p.start), value: plain(p.value)}
	if exemplars := in.exemplarsOf(s, p.exemplars); p.native != nil || len(exemplars) > 0 {
		it.more = &more{native: in.nativeOf(p), exemplars: exemplars}
	}
	in.put(it)
}

// nativeOf returns a copy that outlives the visit.
func (in *intake) nativeOf(p point) *metric.NativeHistogram {
	h := p.native.Clone()
	switch {
	case h == nil:
	case p.noSum:
		h.Sum = plain(math.NaN())
	default:
		h.Sum = plain(h.Sum)
	}
	return h
}

// startOf returns a start time as it is sent: 0 says that there is none.
func (in *intake) startOf(t metric.Timestamp) int64 {
	switch in.desc.Type {
	case metric.TypeCounter, metric.TypeHistogram, metric.TypeSummary:
		if ms, ok := millis(t); ok {
			return cmp.Or(ms, 1)
		}
	}
	return 0
}

// end passes a staleness marker for every series that was not in this collection to
// the queue, and forgets it.
func (in *intake) end() { in.table.sweep(func(s *series) { in.mark(s, in.now) }) }

// retire does so for all series that there are.
func (in *intake) retire(c *collection) {
	in.begin(c)
	in.table.sweep(func(s *series) { in.mark(s, max(in.now, s.last+1)) })
}

// mark ends a series at a time. Samples with timestamps of their own say themselves
// when they were taken, and have no end (Remote-Write 2.0, section "Samples and
// Histogram Samples").
func (in *intake) mark(s *series, at int64) {
	if s.timed || at <= s.last {
		return
	}
	stale := math.Float64frombits(staleNaN)
	it := item{series: s, family: s.family, collection: in.collection, time: at, value: stale}
	if s.native {
		it.more = &more{native: &metric.NativeHistogram{Sum: stale}}
	}
	in.put(it)
}

// maxSeconds is the greatest number of seconds of which the milliseconds fit an
// int64.
const maxSeconds = math.MaxInt64/1000 - 1

// millis returns a time in milliseconds, if there is one and it can be said so.
func millis(t metric.Timestamp) (ms int64, ok bool) {
	if t.IsZero() || t.Seconds() < -maxSeconds || t.Seconds() > maxSeconds {
		return 0, false
	}
	return t.Milli(), true
}
