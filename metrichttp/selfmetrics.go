package metrichttp

import (
	"sync"
	"time"

	"polymeter.dev/exposition"
	"polymeter.dev/metric"
)

// outcome is how a scrape ended.
type outcome uint8

const (
	outcomeComplete outcome = iota
	outcomePartial
	outcomeFailed
	outcomeRefused
	outcomeAbandoned
)

var outcomeNames = [...]string{
	outcomeComplete:  "complete",
	outcomePartial:   "partial",
	outcomeFailed:    "failed",
	outcomeRefused:   "refused",
	outcomeAbandoned: "abandoned",
}

// What a scrape can lose: a family while it was collected, one while it was
// encoded, or all that a collector had still to give.
const (
	lossCollect = iota
	lossEncode
	lossCollector
)

var lossNames = [...]string{
	lossCollect:   "collect",
	lossEncode:    "encode",
	lossCollector: "collector",
}

// selfMetrics are the metrics of a handler about its scrapes.
type selfMetrics struct {
	created metric.Timestamp

	mu         sync.Mutex
	outcomes   [len(outcomeNames)]int
	lost       [len(lossNames)]int
	exemplars  exposition.DroppedExemplars
	timestamps int
	values     int
	rendered   int
	seconds    float64
}

func newSelfMetrics() *selfMetrics {
	return &selfMetrics{created: metric.TimestampOf(time.Now())}
}

// record adds a scrape that ended. Of one that made no page, or one for nobody,
// only the outcome is of interest.
func (m *selfMetrics) record(r *rendering, o outcome, took time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.outcomes[o]++
	if o == outcomeRefused || o == outcomeAbandoned {
		return
	}
	m.rendered++
	m.seconds += took.Seconds()
	for i, n := range r.lost {
		m.lost[i] += n
	}
	m.exemplars.Misplaced += r.stats.Exemplars.Misplaced
	m.exemplars.TooLong += r.stats.Exemplars.TooLong
	m.exemplars.OutsideBucket += r.stats.Exemplars.OutsideBucket
	m.exemplars.NoTimestamp += r.stats.Exemplars.NoTimestamp
	m.exemplars.Unnameable += r.stats.Exemplars.Unnameable
	m.exemplars.Unreadable += r.stats.Exemplars.Unreadable
	m.timestamps += r.stats.DroppedTimestamps
	m.values += r.stats.OmittedValues
}

// SelfMetricDescs describes the metrics that a [Handler] appends to its pages,
// in their order. A collector can have further ones about itself.
func SelfMetricDescs() []*metric.Desc {
	var descs []*metric.Desc
	for _, f := range newSelfMetrics().families(0, 0) {
		descs = append(descs, f.Desc())
	}
	return descs
}

// families shows the scrapes that have ended, and how many are in flight and
// were joined.
func (m *selfMetrics) families(inFlight int, joined uint64) []metric.Family {
	m.mu.Lock()
	defer m.mu.Unlock()

	flight := metric.NewGaugeFamily("polymeter_scrapes_in_flight", "Scrapes that are collecting, this one included.")
	flight.Add(float64(inFlight))

	duration := metric.NewSummaryFamily("polymeter_scrape_duration_seconds", "Time that making a page took.")
	duration.SetUnit("seconds")
	duration.AddRow(metric.SummaryRow{Count: float64(m.rendered), Sum: m.seconds, Created: m.created})

	return []metric.Family{
		m.counter("polymeter_scrapes", "Scrapes that have ended, by outcome.", "outcome",
			counts(outcomeNames[:], m.outcomes[:])...),
		m.counter("polymeter_scrapes_joined", "Requests that were served by the scrape of another request.", "",
			count{value: float64(joined)}),
		flight,
		duration,
		m.counter("polymeter_scrape_losses", "Families lost while they were collected or encoded, and collectors that failed.", "stage",
			counts(lossNames[:], m.lost[:])...),
		m.counter("polymeter_exemplars_dropped", "Exemplars left out of pages because the format does not allow them, by reason.", "reason",
			count{"misplaced", float64(m.exemplars.Misplaced)},
			count{"too_long", float64(m.exemplars.TooLong)},
			count{"outside_bucket", float64(m.exemplars.OutsideBucket)},
			count{"no_timestamp", float64(m.exemplars.NoTimestamp)},
			count{"unnameable", float64(m.exemplars.Unnameable)},
			count{"unreadable", float64(m.exemplars.Unreadable)}),
		m.counter("polymeter_timestamps_dropped", "Sample timestamps left out of pages because no reader could take them.", "",
			count{value: float64(m.timestamps)}),
		m.counter("polymeter_values_omitted", "Sums, counts and quantiles left out of pages because OpenMetrics forbids them.", "",
			count{value: float64(m.values)}),
	}
}

// count is one series of a counter with one label.
type count struct {
	label string
	value float64
}

func counts(labels []string, values []int) []count {
	series := make([]count, len(labels))
	for i := range series {
		series[i] = count{labels[i], float64(values[i])}
	}
	return series
}

// counter returns a counter family with the given label, or none when it is "".
func (m *selfMetrics) counter(name, help, label string, series ...count) metric.Family {
	var labels []string
	if label != "" {
		labels = []string{label}
	}
	f := metric.NewCounterFamily(name, help, labels...)
	for _, s := range series {
		row := metric.CounterRow{Value: s.value, Created: m.created}
		if label != "" {
			row.LabelValues = []string{s.label}
		}
		f.AddRow(row)
	}
	return f
}
