package lint_test

import (
	"fmt"
	"time"

	"polymeter.dev/exposition/lint"
	"polymeter.dev/metric"
)

// bucketLines are the buckets of a histogram x in expanded form, with the bounds
// and counts in turn.
func bucketLines(series string, boundsAndCounts ...any) []metric.Sample {
	var samples []metric.Sample
	for i := 0; i < len(boundsAndCounts); i += 2 {
		samples = append(samples, line("x_bucket", float64(boundsAndCounts[i+1].(int)), "a", series, "le", fmt.Sprint(boundsAndCounts[i])))
	}
	return samples
}

// lines joins samples to a histogram x.
func lines(groups ...[]metric.Sample) *family {
	f := of(hist, "x")
	for _, g := range groups {
		f.samples = append(f.samples, g...)
	}
	return f
}

func whole(samples ...metric.Sample) *family { return of(hist, "x", samples...) }

func wide(n int) metric.Sample {
	var pairs []float64
	for i := range n {
		pairs = append(pairs, float64(i), 1)
	}
	return buckets(append(pairs, inf, 1)...)
}

func histogramExamples() map[string][]example {
	native := metric.Sample{Name: "x", Histogram: &metric.Histogram{Count: 500, Native: &metric.NativeHistogram{Count: 500}}}
	fine := []metric.Sample{buckets(1, 50, 2, 150, inf, 200)}
	return map[string][]example{
		"histogram-only-inf": {
			bad("composite", whole(buckets(inf, 3))),
			bad("expanded", lines(bucketLines("1", "+Inf", 3), bucketLines("2", "+Inf", 4))),
			good("finite", whole(fine...)),
			good("native", whole(native)),
			good("finite, expanded", lines(bucketLines("1", 1, 1, "+Inf", 3))),
			good("one of many", whole(buckets(inf, 3), buckets(1, 2, inf, 3))),
			good("no series", whole()),
		},
		"histogram-many-buckets": {
			bad("default", whole(wide(lint.DefaultMaxBuckets))),
			bad("expanded", lines(bucketLines("1", 1, 1, 2, 2, "+Inf", 3))).with(lint.Options{MaxBuckets: 2}),
			good("at the default", whole(wide(lint.DefaultMaxBuckets-1))),
			good("two series", lines(bucketLines("1", 1, 1, "+Inf", 3), bucketLines("2", 1, 1, "+Inf", 3))).with(lint.Options{MaxBuckets: 2}),
		},
		"histogram-bounds": {
			bad("descending", whole(buckets(2, 1, 1, 1, inf, 1))),
			bad("twice", lines(bucketLines("1", 1, 1, "1.0", 1, "+Inf", 1))),
			bad("no number", lines(bucketLines("1", "low", 1, "+Inf", 1))),
			bad("NaN", lines(bucketLines("1", "NaN", 1, "+Inf", 1))),
			bad("no le", of(hist, "x", line("x_bucket", 1))),
			good("ascending", whole(fine...)),
			good("ascending, expanded", lines(bucketLines("1", -1, 1, 1e3, 1, "+Inf", 1), bucketLines("2", -1, 1, "+Inf", 1))),
			good("scattered", lines(bucketLines("1", 1, 1), bucketLines("2", 1, 1), bucketLines("1", "+Inf", 1, 0, 1), bucketLines("2", "+Inf", 1))),
		},
		"histogram-not-cumulative": {
			bad("composite", whole(buckets(1, 5, 2, 3, inf, 5))),
			bad("expanded", lines(bucketLines("1", 1, 5, "+Inf", 3))),
			good("cumulative", whole(fine...)),
			good("equal", lines(bucketLines("1", 1, 5, 2, 5, "+Inf", 5), bucketLines("2", 1, 1, "+Inf", 1))),
		},
		"histogram-without-inf": {
			bad("composite", whole(buckets(1, 5, 2, 5))),
			bad("one of many", lines(bucketLines("1", 1, 5, "+Inf", 5), bucketLines("2", 1, 5))),
			bad("scattered", lines(bucketLines("1", 1, 5), bucketLines("2", 1, 5), bucketLines("1", 2, 5))),
			bad("no buckets", of(hist, "x", line("x_count", 1), line("x_sum", 1))),
			good("with", whole(fine...)),
			good("expanded", lines(bucketLines("1", 1, 5, "+Inf", 5), bucketLines("2", "+Inf", 5))),
			good("scattered with", lines(bucketLines("1", 1, 5), bucketLines("2", 1, 5), bucketLines("1", "+Inf", 5), bucketLines("2", "+Inf", 5))),
			good("native", whole(native)),
			good("no series", whole()),
		},
		"histogram-all-above": {
			bad("composite", whole(buckets(1, 0, 2, 0, inf, 100))),
			bad("together", lines(bucketLines("1", 1, 0, "+Inf", 60), bucketLines("2", 1, 0, "+Inf", 60))),
			bad("threshold", whole(buckets(1, 0, inf, 1))).with(lint.Options{MinObservations: 1}),
			good("few", whole(buckets(1, 0, inf, 99))),
			good("one series", lines(bucketLines("1", 1, 0, "+Inf", 60), bucketLines("2", 1, 1, "+Inf", 60))),
			good("spread", whole(fine...)),
			good("no finite bounds", whole(buckets(inf, 100))),
			good("native", whole(native)),
			good("none", whole(buckets(1, 0, inf, 0))),
		},
		"histogram-all-below": {
			bad("composite", whole(buckets(1, 100, 2, 100, inf, 100))),
			bad("together", lines(bucketLines("1", 1, 60, "+Inf", 60), bucketLines("2", 1, 60, "+Inf", 60))),
			good("few", whole(buckets(1, 99, inf, 99))),
			good("spread", whole(fine...)),
			good("zeros", whole(buckets(0, 100, 1, 100, inf, 100))),
			good("no finite bounds", whole(buckets(inf, 100))),
		},
	}
}

func sampleExamples() map[string][]example {
	now := time.Date(2026, 11, 3, 10, 0, 0, 0, time.UTC)
	at := func(age time.Duration) *family {
		s := line("jobs", 1)
		s.Timestamp = metric.TimestampOf(now.Add(-age))
		return of(gauge, "jobs", s)
	}
	clock := lint.Options{Now: now}
	hour := lint.Options{Now: now, MaxAge: time.Hour}
	counts := func(v float64) metric.Sample {
		return metric.Sample{Name: "x", Summary: &metric.Summary{Count: v, Sum: -1}}
	}
	return map[string][]example{
		"counter-nan": {
			bad("counter", of(counter, "jobs", line("jobs_total", nan))),
			bad("as written", of(counter, "jobs", line("jobs", nan)).written("jobs")),
			bad("bucket", of(hist, "x", line("x_bucket", nan, "le", "+Inf"))),
			bad("count", of(summary, "x", line("x_count", nan))),
			bad("composite", of(hist, "x", buckets(inf, nan))),
			good("number", of(counter, "jobs", line("jobs_total", inf))),
			good("gauge", of(gauge, "jobs", line("jobs", nan))),
			good("quantile", of(summary, "x", line("x", nan, "quantile", "0.5"), line("x_sum", nan))),
		},
		"counter-negative": {
			bad("counter", of(counter, "jobs", line("jobs_total", -1))),
			bad("bucket", of(hist, "x", line("x_bucket", -1, "le", "+Inf"))),
			bad("composite", of(summary, "x", counts(-1))),
			good("zero", of(counter, "jobs", line("jobs_total", 0))),
			good("gauge", of(gauge, "jobs", line("jobs", -1))),
			good("created before 1970", of(counter, "jobs", line("jobs_total", 1), line("jobs_created", -1))),
			good("sum", of(summary, "x", counts(1), line("x_sum", -1))),
		},
		"info-value": {
			bad("info", of(info, "build", line("build_info", 0))),
			bad("gauge that is an info", of(gauge, "build_info", line("build_info", 2))),
			bad("state", of(stateSet, "phase", line("phase", 2, "phase", "on"))),
			good("info", of(info, "build", line("build_info", 1))),
			good("states", of(stateSet, "phase", line("phase", 1, "phase", "on"), line("phase", 0, "phase", "off"))),
			good("gauge", of(gauge, "phase", line("phase", 2))),
		},
		"timestamp-explicit": {
			bad("now", at(0)).with(clock),
			bad("not yet old", at(lint.DefaultMaxAge)).with(clock),
			good("none", of(gauge, "jobs", line("jobs", 1))),
			good("too old, which is another rule's", at(time.Hour)).with(clock),
		},
		"timestamp-stale": {
			bad("old", at(time.Hour)).with(clock),
			bad("1970", at(now.Sub(time.Unix(0, 0)))),
			good("now", at(0)).with(clock),
			good("threshold", at(time.Hour)).with(hour),
			good("none", of(gauge, "jobs", line("jobs", 1))),
		},
		"timestamp-future": {
			bad("ahead", at(-time.Hour)).with(clock),
			bad("milliseconds", of(gauge, "jobs", metric.Sample{Name: "jobs", Timestamp: metric.NewTimestamp(now.UnixMilli(), 0)})).with(clock),
			good("now", at(0)).with(clock),
			good("threshold", at(-time.Hour)).with(hour),
		},
	}
}
