package metrictest

import (
	"testing"
	"time"

	"polymeter.dev/metric"
)

// Limits on a collector under test, generous enough for a loaded machine.
const (
	// collectLimit is how long a collection may take.
	collectLimit = patience
	// cancelLimit is how soon one has to return whose context is done.
	cancelLimit = 2 * time.Second
)

// Collector tests whether a collector keeps what [metric.Collector] asks for:
//
//   - Families are valid under [metric.ValidationDefault]; no series is there
//     twice, and all have the label names that the description names.
//   - Each of a family returns the error of visit, and visits no more.
//   - Families keep their types, and their order, from one collection to the next.
//   - Collecting stops at the first error of emit, and returns it.
//   - It returns soon once its context is done, which may be before it begins.
//   - It may be collected from several goroutines at once.
//   - Every format can write what is collected, and its strict decoder reads it.
//   - A [metric.Describer] describes every family that is collected, as it is.
//   - A [metric.Restricter] emits the families that have the names, and no others.
//
// Let the collector have something to collect, with labels if it has any, and run
// the test with -race: much of what goes wrong between goroutines shows only then.
// Collector collects some dozen times. After a collection that hangs it gives up.
func Collector(t testing.TB, c metric.Collector) {
	t.Helper()
	if c == nil {
		t.Errorf("metrictest.Collector: %v", errNil)
		return
	}
	k := &kit{collector: c}
	for _, check := range checks {
		for _, problem := range check.find(k) {
			t.Errorf("metrictest.Collector: %s: %s", check.name, problem)
		}
		if k.stuck {
			t.Errorf("metrictest.Collector: a collection does not return, so there are no further checks")
			return
		}
		if k.failed {
			return
		}
	}
}

// kit is a collector under test.
type kit struct {
	collector metric.Collector
	// families are those of the first collection.
	families []*metric.Snapshot
	// stuck says that a collection has not returned, failed that the first one
	// has returned an error, so that nothing else would be to the point.
	stuck, failed bool
	// invalid says that a family of the first collection is not valid.
	invalid bool
}

// checks are what is looked at, in this order. Each returns what is wrong.
var checks = []struct {
	name string
	find func(*kit) []string
}{
	{"collecting", (*kit).collects},
	{"families", (*kit).valid},
	{"visiting", (*kit).visits},
	{"collecting again", (*kit).repeats},
	{"an error of emit", (*kit).stops},
	{"a context that is done", (*kit).cancels},
	{"collecting concurrently", (*kit).concurrent},
	{"pages", (*kit).pages},
	{"describing", (*kit).describes},
	{"restricting", (*kit).restricts},
}
