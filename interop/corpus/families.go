package corpus

import (
	"math"

	"polymeter.dev/metric"
)

var (
	inf = math.Inf(1)
	nan = math.NaN()
)

const (
	created = 1_700_000_000_123
	now     = 1_700_000_009_500
)

// Families returns the corpus: every type, and whatever is unusual about its
// values. Names are legacy ones where legacy is true. Their escaped forms are
// all different.
func Families(legacy bool) []Family {
	families := append(simple(), composite()...)
	if !legacy {
		families = append(families, utf8Names()...)
	}
	return families
}

func simple() []Family {
	return []Family{
		{Type: metric.TypeCounter, Name: "requests", Help: "Served \\ \"all\"\nof them.", Points: []Point{
			{Labels: labels("code", "200"), Value: 5, Created: created, Exemplars: []Exemplar{{labels("trace_id", "z\"\\\n"), 1, now}}},
			{Labels: labels("code", "404"), Value: 1e300, Time: now},
			{Labels: labels("code", "500"), Value: inf, Exemplars: []Exemplar{{nil, 0.5, now}}},
			{Labels: labels("code", "302"), Value: 0, Time: 1, Created: 1},
		}},
		{Type: metric.TypeCounter, Name: "work_seconds", Unit: "seconds", Points: []Point{{Value: 0.1}}},
		{Type: metric.TypeCounter, Name: "rule:of:colons", Points: []Point{{Value: 3}}},
		{Type: metric.TypeGauge, Name: "level_bytes", Help: "ünïcödé", Unit: "bytes", Points: []Point{
			{Labels: labels("q", "nan"), Value: nan},
			{Labels: labels("q", "inf"), Value: inf},
			{Labels: labels("q", "-inf"), Value: -inf},
			{Labels: labels("q", "tiny"), Value: 5e-324},
			{Labels: labels("q", "large"), Value: -math.MaxFloat64},
			{Labels: labels("q", "third"), Value: 1.0 / 3},
			{Labels: labels("q", "million"), Value: -1e6},
			{Labels: labels("q", "2^53"), Value: 1 << 53},
			{Labels: labels("q", "-0"), Value: math.Copysign(0, -1)},
			{Labels: labels("q", "fraction"), Value: 12345678.5},
		}},
		{Type: metric.TypeGauge, Name: "texts", Points: []Point{
			{Labels: labels("a", `"`), Value: 1},
			{Labels: labels("a", `\`), Value: 2},
			{Labels: labels("a", "\n"), Value: 3},
			{Labels: labels("a", `\n`), Value: 4},
			{Labels: labels("a", "é\x01\x7f\u2028🎉"), Value: 5},
			{Labels: labels("a", `{x="y"} 1 # {} 2`), Value: 6},
			{Labels: labels("a", "\r\t "), Value: 7},
			{Labels: labels("a", `ends in \\\`), Value: 8},
		}},
		{Type: metric.TypeGauge, Name: "many", Points: []Point{
			{Labels: labels("Z", "1", "a", "2", "_b", "3", "a9", "4", "le_", "5"), Value: 1},
		}},
		{Type: metric.TypeUnknown, Name: "points", Help: "Two points of one series.", Points: []Point{
			{Value: 17, Time: 123_000}, {Value: 18, Time: 456_005},
		}},
		{Type: metric.TypeInfo, Name: "build", Help: "What runs.", Points: []Point{
			{Labels: labels("binary", "b"), Info: labels("version", "1.2", "commit", "a\"b\\c\nd")},
		}},
		{Type: metric.TypeStateSet, Name: "state", Points: []Point{
			{Labels: labels("x", "1"), States: map[string]bool{"on": true, "o\"f\\f": false}},
			{Labels: labels("x", "2"), States: map[string]bool{"on": true, "o\"f\\f": true}},
		}},
	}
}

func composite() []Family {
	classic := []metric.Bucket{{UpperBound: 0.1, Count: 1}, {UpperBound: 1, Count: 3}, {UpperBound: 1e6, Count: 3}, {UpperBound: inf, Count: 4}}
	return []Family{
		{Type: metric.TypeHistogram, Name: "latency_seconds", Help: "Classic.", Unit: "seconds", Points: []Point{
			{
				Labels: labels("path", "/"), Buckets: classic, Sum: 2e6, Created: created, Time: now,
				Exemplars: []Exemplar{{nil, 0.05, now}, {labels("id", "1"), 0.6, now + 1}, {labels("id", "2"), 0.7, now + 2}, {labels("id", "3"), 2e6, now + 3}},
			},
			{Labels: labels("path", "\"\n"), Buckets: []metric.Bucket{{UpperBound: inf, Count: 0}}, Sum: 0},
			{Labels: labels("path", "nan"), Buckets: classic, Sum: nan},
			{Labels: labels("path", "unknown"), Buckets: classic, NoSum: true},
		}},
		{Type: metric.TypeHistogram, Name: "change", Help: "Negative bounds.", Points: []Point{
			{Buckets: []metric.Bucket{{UpperBound: -1e6, Count: 1}, {UpperBound: 0, Count: 2}, {UpperBound: inf, Count: 3}}, Sum: -2e7},
		}},
		{Type: metric.TypeHistogram, Name: "native", Help: "Native.", Points: []Point{
			{Labels: labels("k", "only"), Native: native(3), Created: created, Exemplars: []Exemplar{{labels("id", "n"), 2, now}, {labels("id", "m"), 3, now + 1}}},
			{Labels: labels("k", "both"), Native: native(3), Buckets: []metric.Bucket{{UpperBound: 1, Count: 9}, {UpperBound: inf, Count: 12}}},
			{Labels: labels("k", "coarse"), Native: native(metric.MinSchema)},
			{Labels: labels("k", "fine"), Native: native(metric.MaxSchema)},
			{Labels: labels("k", "empty"), Native: &metric.NativeHistogram{Schema: 3, ZeroThreshold: 0x1p-128}},
			{Labels: labels("k", "nothing"), Native: &metric.NativeHistogram{}},
			{Labels: labels("k", "nan"), Native: nanNative()},
		}},
		{Type: metric.TypeGaugeHistogram, Name: "depth", Help: "Now waiting.", Points: []Point{
			{Labels: labels("q", "a"), Buckets: []metric.Bucket{{UpperBound: 1, Count: 1}, {UpperBound: inf, Count: 2}}, Sum: 3},
			{Labels: labels("q", "b"), Buckets: []metric.Bucket{{UpperBound: -1, Count: 1}, {UpperBound: inf, Count: 1}}, Sum: -3},
		}},
		{Type: metric.TypeGaugeHistogram, Name: "native_depth", Points: []Point{
			{Labels: labels("q", "a"), Native: native(0)},
		}},
		{Type: metric.TypeSummary, Name: "rpc_seconds", Help: "Quantiles.", Unit: "seconds", Points: []Point{
			{Labels: labels("m", ""), Count: 4, Sum: 8, Created: created, Quantiles: []metric.Quantile{{Quantile: 0, Value: 0.25}, {Quantile: 0.5, Value: 1}, {Quantile: 0.999, Value: nan}, {Quantile: 1, Value: 1e9}}},
			{Labels: labels("m", "x"), Time: now},
		}},
	}
}

func utf8Names() []Family {
	return []Family{
		{Type: metric.TypeCounter, Name: "http.server.größe", Help: "Names of any kind.", Points: []Point{
			{Labels: labels("a.b", "1", "plain_name", "2"), Value: 1, Created: created, Exemplars: []Exemplar{{labels("span.id", "s"), 1, now}}},
		}},
		{Type: metric.TypeHistogram, Name: "wait.time_seconds", Unit: "seconds", Points: []Point{
			{Labels: labels("a b", "\\"), Buckets: []metric.Bucket{{UpperBound: 1, Count: 1}, {UpperBound: inf, Count: 1}}, Sum: 1, Exemplars: []Exemplar{{labels("é", "s"), 0.5, now}}},
		}},
		{Type: metric.TypeHistogram, Name: "nat.ive", Points: []Point{{Labels: labels("日", "本"), Native: native(1)}}},
		{Type: metric.TypeSummary, Name: `quote"back\slash`, Points: []Point{{Labels: labels(`l"\`, `v"\`), Count: 1, Sum: 2}}},
		{Type: metric.TypeGauge, Name: "1st place 🎉", Points: []Point{{Value: 1}}},
		{Type: metric.TypeInfo, Name: "dotted.build", Points: []Point{{Info: labels("go.version", "1")}}},
		{Type: metric.TypeStateSet, Name: "power.state", Points: []Point{{States: map[string]bool{"on": true, "off": false}}}},
		{Type: metric.TypeGaugeHistogram, Name: "now.waiting", Points: []Point{
			{Labels: labels("a.b", "x"), Buckets: []metric.Bucket{{UpperBound: 2, Count: 1}, {UpperBound: inf, Count: 1}}, Sum: 1},
		}},
		{Type: metric.TypeUnknown, Name: "un.known", Points: []Point{{Value: 2, Time: now}}},
	}
}

func native(schema int32) *metric.NativeHistogram {
	return &metric.NativeHistogram{
		Count: 12, Sum: 18.4, Schema: schema, ZeroThreshold: 0.001, ZeroCount: 2,
		PositiveSpans:  []metric.BucketSpan{{Offset: -1, Length: 2}, {Offset: 3, Length: 1}},
		PositiveCounts: []float64{1, 5, 2},
		NegativeSpans:  []metric.BucketSpan{{Offset: 1, Length: 1}},
		NegativeCounts: []float64{2},
	}
}

// nanNative has observed NaN, which is in no bucket.
func nanNative() *metric.NativeHistogram {
	h := native(3)
	h.Count, h.Sum = 14, nan
	return h
}

// Fractional is a family that OpenMetrics 1.0 cannot say: its counts are not
// whole numbers.
func Fractional() Family {
	return Family{Type: metric.TypeGaugeHistogram, Name: "share", Points: []Point{{Native: fractional()}}}
}

func fractional() *metric.NativeHistogram {
	return &metric.NativeHistogram{
		Count: 2.75, Sum: -1, Schema: 2, ZeroThreshold: 0x1p-128, ZeroCount: 0.25,
		NegativeSpans:  []metric.BucketSpan{{Offset: -4, Length: 2}},
		NegativeCounts: []float64{0.5, 2},
	}
}

func labels(pairs ...string) map[string]string {
	m := map[string]string{}
	for i := 0; i < len(pairs); i += 2 {
		m[pairs[i]] = pairs[i+1]
	}
	return m
}
