package graphite

import (
	"math"
	"slices"
	"time"

	"polymeter.dev/metric"
)

// intake turns what is collected into items. It belongs to the collection that has its
// turn.
type intake struct {
	table   *table
	created bool
	stats   *stats
	put     func(item) error

	expander metric.Expander
	visit    func(*metric.Sample) error
	part     func(*metric.Part) error

	now     int64 // the time of the collection, in seconds
	failure error // the last of put, in this collection

	// The rest concerns the current family, and the current sample of it.

	desc   *metric.Desc
	sample *metric.Sample

	histogram metric.Histogram // a histogram with custom bounds, as a classic one
	buckets   []metric.Bucket
	classic   metric.Sample // which has it
}

func newIntake(o *Options, stats *stats, put func(item) error) *intake {
	in := &intake{table: newTable(o), created: o.Created, stats: stats, put: put}
	in.visit, in.part = in.add, in.addPart
	in.expander.Created = o.Created
	return in
}

// begin starts a collection.
func (in *intake) begin() {
	in.now, in.failure = time.Now().Unix(), nil
	in.table.turn++
}

// end forgets the series that were not in the collection.
func (in *intake) end() { in.table.sweep() }

// take puts all samples of a family into the queue.
func (in *intake) take(f metric.Family) error {
	in.desc = f.Desc()
	err := f.Each(in.visit)
	in.desc, in.sample, in.classic = nil, nil, metric.Sample{}
	return err
}

// add adds one sample of the current family. Native buckets with custom bounds are classic
// ones by nature; of others there is no more than the text formats have.
func (in *intake) add(s *metric.Sample) error {
	in.sample = s
	if in.isCreated(s) {
		if in.created {
			in.append(seriesKey{name: s.Name, labels: s.Labels}, "", s.Value)
		}
		return nil
	}
	if h := s.Histogram; h != nil && len(h.Buckets) == 0 && h.Native != nil && h.Native.Schema == metric.CustomBoundsSchema {
		in.histogram = *h
		in.buckets = h.Native.AppendClassic(in.buckets[:0])
		in.histogram.Buckets = in.buckets
		in.classic = *s
		in.classic.Histogram = &in.histogram
		in.sample = &in.classic
	}
	return in.expander.Each(in.desc.Type, in.sample, in.part)
}

const createdSuffix = "_created"

// isCreated reports a line that says when a series began.
func (in *intake) isCreated(s *metric.Sample) bool {
	return s.Name == in.desc.Name+createdSuffix && slices.Contains(in.desc.Type.Suffixes(), createdSuffix)
}

// addPart adds one line of a sample, as in the text formats.
func (in *intake) addPart(p *metric.Part) error {
	key := seriesKey{name: in.desc.Name, suffix: p.Suffix, bound: p.Bound, labels: in.sample.Labels}
	if !in.sample.Composite() && p.Suffix != createdSuffix {
		key.name, key.suffix = in.name(), ""
	}
	in.append(key, p.BoundName, p.Value)
	return nil
}

// name returns the name of a simple sample: that of a counter as it was written where it
// comes from a page.
func (in *intake) name() string {
	d := in.desc
	switch in.sample.Name {
	case d.Name, d.SampleName(), d.Written:
		if d.Type == metric.TypeCounter {
			return d.FullName()
		}
		return d.SampleName()
	}
	return in.sample.Name
}

// append puts a sample into the queue, unless Graphite cannot have it.
func (in *intake) append(key seriesKey, boundName string, value float64) {
	s, err := in.table.get(key, boundName)
	if err != nil {
		in.lose(lostUnnameable)
		return
	}
	it := item{path: s.path, value: value, time: in.now}
	timed := !in.sample.Timestamp.IsZero()
	if timed {
		it.time = in.sample.Timestamp.Seconds()
	}
	same := s.time == it.time && s.turn != 0
	twice := same && s.turn == in.table.turn
	again := same && s.timed && timed && s.value == value
	s.turn, s.time, s.value, s.timed = in.table.turn, it.time, value, timed
	switch {
	case twice:
		in.lose(lostDuplicate)
	case again: // a sample with a timestamp, which was there before
	case math.IsNaN(value):
		in.lose(lostNaN)
	case it.time < 0 || it.time > math.MaxUint32:
		in.lose(lostOutOfTime)
	case len(it.path)+maxNumbers > maxLine:
		in.lose(lostTooLong)
	default:
		if err := in.put(it); err != nil {
			in.failure = err
		}
	}
}

// maxNumbers is how long a line may be besides its path: two blanks, a value, a time, and
// the end of the line.
const maxNumbers = 1 + len("-2.2250738585072014e-308") + 1 + len("4294967295") + len("\n")

func (in *intake) lose(why loss) { in.stats.lost[why].Add(1) }
