package graphite_test

import (
	"context"
	"math"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"polymeter.dev/bridge/graphite"
	"polymeter.dev/interop/peers"
	"polymeter.dev/metric"
)

// page has every type of metric, with values that are hard to write, at one time.
type page struct{ at metric.Timestamp }

func (p page) Collect(_ context.Context, emit func(metric.Family) error) error {
	requests := metric.NewCounterFamily("app_requests", "", "endpoint")
	for endpoint, n := range map[string]float64{"/api/users": 100, "a b;c": 50, "~é\u2028x": 7, `{"a":"b"}`: 8} {
		requests.AddRow(metric.CounterRow{LabelValues: []string{endpoint}, Value: n, Timestamp: p.at})
	}
	values := metric.NewGaugeFamily("value", "", "name")
	for name, v := range map[string]float64{
		"whole": 1<<53 - 1, "great": 1.5e300, "small": 5e-324, "third": -1.0 / 3, "inf": math.Inf(1), "minus": math.Inf(-1), "nan": math.NaN(),
	} {
		values.AddRow(metric.ValueRow{LabelValues: []string{name}, Value: v, Timestamp: p.at})
	}
	took := metric.NewHistogramFamily("took", "")
	took.AddRow(metric.HistogramRow{Buckets: []metric.Bucket{{UpperBound: 0.5, Count: 1}, {UpperBound: math.Inf(1), Count: 3}}, Sum: 2.5, Timestamp: p.at})
	size := metric.NewHistogramFamily("size", "")
	size.AddRow(metric.HistogramRow{Native: &metric.NativeHistogram{
		Count: 4, Sum: 8, PositiveSpans: []metric.BucketSpan{{Offset: 1, Length: 1}}, PositiveCounts: []float64{4},
	}, Timestamp: p.at})
	build := metric.NewInfoFamily("build", "")
	build.AddRow(metric.InfoRow{Info: map[string]string{"version": "1.2"}, Timestamp: p.at})
	return metric.EmitAll(emit, requests, values, took, size, build)
}

// withTags is what must be stored of a page.
var withTags = map[string]float64{
	"app_requests_total;endpoint=/api/users": 100,
	"app_requests_total;endpoint=a_b_c":      50,
	"app_requests_total;endpoint=_é_x":       7,
	`app_requests_total;endpoint={"a":"b"_`:  8,
	"value;exported_name=whole":              1<<53 - 1,
	"value;exported_name=great":              1.5e300,
	"value;exported_name=small":              5e-324,
	"value;exported_name=third":              -1.0 / 3,
	"value;exported_name=inf":                math.Inf(1),
	"value;exported_name=minus":              math.Inf(-1),
	"took_bucket;le=0.5":                     1,
	"took_bucket;le=+Inf":                    3,
	"took_count":                             3,
	"took_sum":                               2.5,
	"size_bucket;le=+Inf":                    4,
	"size_count":                             4,
	"size_sum":                               8,
	"build_info;version=1.2":                 1,
}

// withLevels is the same without tags.
var withLevels = map[string]float64{
	"app_requests_total.endpoint._api_users": 100,
	"app_requests_total.endpoint.a_b_c":      50,
	"app_requests_total.endpoint.___x":       7,
	"app_requests_total.endpoint.__a_:_b__":  8,
	"value.name.whole":                       1<<53 - 1,
	"value.name.great":                       1.5e300,
	"value.name.small":                       5e-324,
	"value.name.third":                       -1.0 / 3,
	"value.name.inf":                         math.Inf(1),
	"value.name.minus":                       math.Inf(-1),
	"took_bucket.le.0_5":                     1,
	"took_bucket.le._Inf":                    3,
	"took_count":                             3,
	"took_sum":                               2.5,
	"size_bucket.le._Inf":                    4,
	"size_count":                             4,
	"size_sum":                               8,
	"build_info.version.1_2":                 1,
}

// forms are the ways to send a page.
var forms = []struct {
	name    string
	options graphite.Options
	want    map[string]float64
}{
	{"text", graphite.Options{}, withLevels},
	{"text-tags", graphite.Options{Tags: true}, withTags},
	{"pickle", graphite.Options{Protocol: graphite.Pickle}, withLevels},
	{"pickle-tags", graphite.Options{Protocol: graphite.Pickle, Tags: true}, withTags},
	{"udp", graphite.Options{Protocol: graphite.UDP}, withLevels},
	{"udp-tags", graphite.Options{Protocol: graphite.UDP, Tags: true}, withTags},
}

// TestForms sends a page in every form, then so many samples that they make several
// pickles and datagrams, and reads them from the database.
func TestForms(t *testing.T) {
	c := peers.StartCarbon(t)
	at := time.Now().Unix() - 60
	want := points{}
	for _, form := range forms {
		o := form.options
		o.Prefix = form.name
		push(t, newBridge(t, c.Address(o.Protocol == graphite.Pickle), page{metric.NewTimestamp(at, 0)}, o))
		for path, value := range form.want {
			want[o.Prefix+"."+path] = map[int64]float64{at: value}
		}
		if o.Tags {
			continue
		}
		many := &ticking{series: 600, base: at}
		o.Prefix += ".many" + strings.Repeat("-", 60)
		push(t, newBridge(t, c.Address(o.Protocol == graphite.Pickle), many, o))
		for path, values := range many.wanted() {
			want[o.Prefix+"."+path] = values
		}
	}
	wantStored(t, c, want)
}

// TestCarbonsRules has carbon's own code read paths with every character there is.
func TestCarbonsRules(t *testing.T) {
	f := metric.NewGaugeFamily("every", "", "name", "l")
	const step = 1000
	var want []string // the lengths of the values
	for first := rune(0); first <= 0x10ffff; first += step {
		var value strings.Builder
		for r := first; r < first+step && r <= 0x10ffff; r++ {
			if r < 0xd800 || r > 0xdfff {
				value.WriteRune(r)
			}
		}
		if value.Len() > 0 {
			f.Add(1, "x", value.String())
			want = append(want, strconv.Itoa(utf8.RuneCountInString(value.String())))
		}
	}
	r := newRecorder(t, "")
	push(t, newBridge(t, r.address, metric.CollectorFunc(func(_ context.Context, emit func(metric.Family) error) error {
		return emit(f)
	}), graphite.Options{Tags: true}))
	out := peers.RunCarbonScript(t, peers.Script{Code: `
import sys
from carbon.util import TaggedSeries
data = sys.stdin.buffer.read().decode("utf-8")
assert data.splitlines() == data.split("\n")[:-1], "lines end where they should not"
for line in data.splitlines():
    path, value, time = line.strip().split()
    series = TaggedSeries.parse(path)
    assert sorted(series.tags) == ["exported_name", "l", "name"] and series.tags["name"] == "every", path
    assert series.path == path, path
    assert len(line) <= 16384
    print(len(series.tags["l"]))
`, Stdin: string(r.sent())})
	if diff := cmp.Diff(want, strings.Fields(out)); diff != "" {
		t.Errorf("lengths of values (-want +got):\n%s", diff)
	}
}
