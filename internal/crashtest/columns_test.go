//go:build linux

package crashtest

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"polymeter.dev"
	"polymeter.dev/metric"
	"polymeter.dev/multiprocess"
)

// lane is a place in which one writer follows another. The ledger is by lanes,
// not by processes: a writer goes on where the last one stopped.
type lane struct {
	format multiprocess.Format
	// returning lanes give each of their writers the same identifier.
	returning bool
}

var lanes = []lane{
	{format: multiprocess.FormatNative},
	{format: multiprocess.FormatNative, returning: true},
	{format: multiprocess.FormatNative},
	{format: multiprocess.FormatPython, returning: true},
	{format: multiprocess.FormatPython},
}

const (
	// folders is how many processes fold at once.
	folders = 2
	// The first readers are those that do nothing else; then come writers that
	// look at their own pages, by lane.
	mainReader, otherReader = 0, 1
	firstWriter             = 2
)

var readers = firstWriter + len(lanes)

// merge is what becomes of the values of all lanes.
type merge uint8

const (
	mergeSum    merge = iota
	mergeMost         // the largest number of updates
	mergeRecent       // that of the last update
)

// column is an instrument that writers have.
type column struct {
	name  string
	merge merge
	// counts says that the number of updates is on the page, too.
	counts bool
	// rounded says that values are no sums of powers of two, so that the ledger
	// does not know them to the last digit.
	rounded bool
	// in says which lanes have it; nil stands for all.
	in func(lane) bool
	// value is what the n-th update of a lane brings.
	value   func(lane int, n float64) float64
	declare func(*polymeter.Registry) (update, error)
}

// update updates an instrument for the n-th time with a value.
type update func(n, value float64) error

func (c *column) has(l lane) bool { return c.in == nil || c.in(l) }

// next returns the tally after one more update.
func (c *column) next(lane int, t tally) (after tally, value float64) {
	t.count++
	value = c.value(lane, t.count)
	if c.merge == mergeSum {
		t.value += value
	} else {
		t.value = value
	}
	return t, value
}

func native(l lane) bool { return l.format == multiprocess.FormatNative }

// neverReset are lanes in which gauges keep what they have: in the Python format
// a process that comes back under its identifier begins with zero.
func neverReset(l lane) bool { return native(l) || !l.returning }

var columns = []column{
	{name: "crash_whole_total", value: one, declare: wholeCounter},
	{name: "crash_eighths_total", value: eighths, declare: counter("crash_eighths_total")},
	{name: "crash_tenths_total", value: tenths, rounded: true, declare: counter("crash_tenths_total")},
	{name: "crash_spread_total", value: one, declare: spreadCounter},
	{name: "crash_classic", counts: true, value: eighths, declare: classicHistogram},
	{name: "crash_native", counts: true, value: wide, in: native, declare: nativeHistogram},
	{name: "crash_both", counts: true, value: tenths, rounded: true, in: native, declare: bothHistogram},
	{name: "crash_summary", counts: true, value: tenths, rounded: true, declare: summary},
	{name: "crash_sum", value: eighths, in: neverReset, declare: addingGauge},
	{name: "crash_most", merge: mergeMost, value: number, in: neverReset, declare: settingGauge("crash_most", metric.GaugeMax, 1)},
	{name: "crash_least", merge: mergeMost, value: number, in: neverReset, declare: settingGauge("crash_least", metric.GaugeMin, -1)},
	{name: "crash_recent", merge: mergeRecent, value: signed, in: neverReset, declare: settingGauge("crash_recent", metric.GaugeMostRecent, 1)},
}

func one(int, float64) float64 { return 1 }

func number(_ int, n float64) float64 { return n }

// signed says which lane it is from.
func signed(lane int, n float64) float64 { return n*float64(len(lanes)) + float64(lane) }

func signature(v float64) (lane int) { return int(math.Mod(v, float64(len(lanes)))) }

func eighths(_ int, n float64) float64 { return 0.125 + math.Mod(n, 29)/8 }

func tenths(_ int, n float64) float64 { return 0.1 + math.Mod(n, 7)/10 }

// wide fills ever more buckets, so that the resolution has to be lowered again
// and again.
func wide(_ int, n float64) float64 {
	if math.Mod(n, 11) == 0 {
		return 0
	}
	return math.Ldexp(1+math.Mod(n, 8)/8, int(math.Mod(n/8, 23)))
}

func wholeCounter(r *polymeter.Registry) (update, error) {
	c, err := r.NewCounter(polymeter.CounterOpts{Name: "crash_whole_total", Help: "Counts."})
	return func(float64, float64) error { c.Inc(); return nil }, err
}

func counter(name string) func(*polymeter.Registry) (update, error) {
	return func(r *polymeter.Registry) (update, error) {
		c, err := r.NewCounter(polymeter.CounterOpts{Name: name, Help: "Counts fractions."})
		return func(_, v float64) error { c.Add(v); return nil }, err
	}
}

// spreadRows is over how many series the counts are spread, so that files grow.
const spreadRows = 300

func spreadCounter(r *polymeter.Registry) (update, error) {
	v, err := r.NewCounterVec(polymeter.CounterOpts{Name: "crash_spread_total", Help: "Counts in many series.", Labels: []string{"row"}})
	return func(n, _ float64) error {
		v.With(strconv.Itoa(int(math.Mod(n*7, spreadRows)))).Inc()
		return nil
	}, err
}

func classicHistogram(r *polymeter.Registry) (update, error) {
	h, err := r.NewHistogram(polymeter.HistogramOpts{
		Name: "crash_classic", Help: "Has classic buckets.", Buckets: polymeter.LinearBuckets(0.5, 0.5, 6),
	})
	return func(_, v float64) error { h.Observe(v); return nil }, err
}

func nativeHistogram(r *polymeter.Registry) (update, error) {
	h, err := r.NewHistogram(polymeter.HistogramOpts{
		Name: "crash_native", Help: "Has native buckets.", Native: &polymeter.NativeOpts{MaxBuckets: 30},
	})
	return func(_, v float64) error { h.Observe(v); return nil }, err
}

// exemplarLabel has the value of its exemplar, so many times that not all are
// equally long.
const exemplarLabel = "trace"

func exemplarText(v float64, times int) string {
	return strings.Repeat(strconv.FormatFloat(v, 'g', -1, 64)+" ", times)
}

func bothHistogram(r *polymeter.Registry) (update, error) {
	h, err := r.NewHistogram(polymeter.HistogramOpts{
		Name: "crash_both", Help: "Has both kinds of buckets, and exemplars.", Buckets: []float64{0.25, 0.5}, Native: &polymeter.NativeOpts{},
	})
	return func(n, v float64) error {
		h.ObserveWithExemplar(v, metric.MustLabels(exemplarLabel, exemplarText(v, 1+int(math.Mod(n, 5)))))
		return nil
	}, err
}

func summary(r *polymeter.Registry) (update, error) {
	s, err := r.NewSummary(polymeter.SummaryOpts{Name: "crash_summary", Help: "Sums up."})
	return func(_, v float64) error { s.Observe(v); return nil }, err
}

func addingGauge(r *polymeter.Registry) (update, error) {
	g, err := r.NewGauge(polymeter.GaugeOpts{Name: "crash_sum", Help: "Adds up.", Mode: metric.GaugeSum})
	return func(_, v float64) error { g.Add(v); return nil }, err
}

func settingGauge(name string, mode metric.GaugeMode, sign float64) func(*polymeter.Registry) (update, error) {
	return func(r *polymeter.Registry) (update, error) {
		g, err := r.NewGauge(polymeter.GaugeOpts{Name: name, Help: "Is set.", Mode: mode})
		return func(_, v float64) error { g.Set(sign * v); return nil }, err
	}
}

// liveName is a gauge that each living writer of the native format sets to 1.
const liveName = "crash_live"

func declareLive(r *polymeter.Registry) error {
	g, err := r.NewGauge(polymeter.GaugeOpts{Name: liveName, Help: "Is there.", Mode: metric.GaugeLiveSum})
	if err == nil {
		g.Set(1)
	}
	return err
}

// mostAlive is how many can be alive at once.
func mostAlive() (n int) {
	for _, l := range lanes {
		if native(l) {
			n++
		}
	}
	return n
}

// measure is a number on a page that has to do with a column.
type measure struct {
	name   string
	column int
	count  bool // the number of updates, not their values
}

func (m *measure) of(t tally) float64 {
	if m.count {
		return t.count
	}
	return t.value
}

// measures are in the order in which the ledger has them.
var measures = makeMeasures()

func makeMeasures() []measure {
	var all []measure
	for i, c := range columns {
		if !c.counts {
			all = append(all, measure{name: c.name, column: i})
			continue
		}
		all = append(all,
			measure{name: c.name + "_sum", column: i},
			measure{name: c.name + "_count", column: i, count: true})
	}
	return all
}

func (m *measure) String() string { return fmt.Sprintf("series %s", m.name) }
