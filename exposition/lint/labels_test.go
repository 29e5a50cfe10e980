package lint_test

import (
	"strings"

	"polymeter.dev/exposition/lint"
	"polymeter.dev/metric"
)

func labelExamples() map[string][]example {
	one := func(label, value string) *family { return of(gauge, "jobs", line("jobs", 1, label, value)) }
	named := func(label string) *family { return one(label, "a") }
	return map[string][]example{
		"label-reserved": {
			bad("name", named("__name__")),
			bad("declared", of(counter, "jobs").labels("__shard")),
			good("one underscore", named("_shard")),
			good("none", named("shard")),
		},
		"label-bound-misplaced": {
			bad("le of a gauge", named("le")),
			bad("quantile of a counter", of(counter, "jobs").labels("quantile")),
			bad("quantile of a histogram", of(hist, "jobs").labels("quantile")),
			good("histogram", of(hist, "jobs", line("jobs_bucket", 1, "le", "+Inf"))),
			good("gauge histogram", of(gaugeHist, "jobs", line("jobs_bucket", 1, "le", "+Inf"))),
			good("summary", of(summary, "jobs", line("jobs", 1, "quantile", "0.5"))),
			good("unknown type", of(unknown, "jobs_bucket", line("jobs_bucket", 1, "le", "+Inf"))),
		},
		"label-name-not-legacy": {
			bad("dots", named("http.method")),
			bad("colon", named("a:b")),
			good("legacy", named("http_method")),
			good("state set", of(stateSet, "app.phase", line("app.phase", 1, "app.phase", "on"))),
		},
		"label-name-case": {
			bad("camel case", named("userId")),
			bad("double underscore", named("user__group")),
			bad("at the start", named("_group")),
			good("snake case", named("user_group")),
			good("reserved, which is another rule's", named("__group")),
			good("escaped", named("U__user_2e_group")),
		},
		"label-redundant": {
			bad("by", of(counter, "requests_by_code").labels("code")),
			bad("per", of(gauge, "jobs_per_queue").labels("queue")),
			bad("prefix", of(gauge, "jobs").labels("jobs_queue")),
			good("a word of the name", of(counter, "node_cpu_seconds").labels("cpu")),
			good("another word", of(counter, "requests_by_code").labels("method")),
			good("info", of(info, "build").labels("build_version")),
			good("part of a word", of(counter, "requests_by_codec").labels("code")),
		},
		"label-target": {
			bad("job", named("job")),
			bad("instance", of(counter, "jobs").labels("instance")),
			good("another", named("queue")),
			good("part of a name", named("job_name")),
		},
		"label-value-empty": {
			bad("empty", one("queue", "")),
			bad("some", of(gauge, "jobs", line("jobs", 1, "queue", "a"), line("jobs", 1, "queue", ""))),
			good("a name", one("queue", "none")),
			good("no labels", of(gauge, "jobs", line("jobs", 1))),
			good("info", of(info, "build", line("build_info", 1, "checksum", ""))),
		},
		"label-names-inconsistent": {
			bad("more", of(gauge, "jobs", line("jobs", 1, "a", "1"), line("jobs", 1, "a", "1", "b", "2"))),
			bad("fewer", of(gauge, "jobs", line("jobs", 1, "a", "1"), line("jobs", 1))),
			bad("others", of(gauge, "jobs", line("jobs", 1, "a", "1"), line("jobs", 1, "b", "1"))),
			bad("first none", of(gauge, "jobs", line("jobs", 1), line("jobs", 1, "b", "1"))),
			good("the same", of(gauge, "jobs", line("jobs", 1, "a", "1", "b", "1"), line("jobs", 1, "b", "2", "a", "1"))),
			good("le", of(hist, "jobs",
				line("jobs_bucket", 1, "a", "1", "le", "+Inf"), line("jobs_count", 1, "a", "1"), line("jobs_sum", 1, "a", "1"))),
			good("quantile", of(summary, "jobs", line("jobs", 1, "quantile", "0.5"), line("jobs_count", 1), line("jobs_sum", 1))),
			good("info", of(info, "disk", line("disk_info", 1, "wwn", "1"), line("disk_info", 1, "wwn", "2", "vendor", "x"))),
			good("samples of another name", of(unknown, "jobs", line("jobs", 1, "a", "1"), line("others", 1))),
		},
		"label-cardinality": {
			bad("default", of(gauge, "jobs", many(lint.DefaultMaxLabelValues+1, "jobs", "queue", "q%d")...)),
			bad("threshold", of(gauge, "jobs", many(4, "jobs", "queue", "q%d")...)).with(lint.Options{MaxLabelValues: 3}),
			good("at the default", of(gauge, "jobs", many(lint.DefaultMaxLabelValues, "jobs", "queue", "q%d")...)),
			good("at the threshold", of(gauge, "jobs", many(3, "jobs", "queue", "q%d")...)).with(lint.Options{MaxLabelValues: 3}),
			good("of two families", of(gauge, "jobs", many(3, "jobs", "queue", "q%d")...), of(gauge, "tasks", many(3, "tasks", "queue", "p%d")...)).
				with(lint.Options{MaxLabelValues: 3}),
			good("bounds", of(hist, "jobs", many(4, "jobs_bucket", "le", "%d")...)).with(lint.Options{MaxLabelValues: 3}),
			good("again and again", of(gauge, "jobs", line("jobs", 1, "queue", "a"), line("jobs", 1, "queue", "a", "b", "c"))).
				with(lint.Options{MaxLabelValues: 1}),
		},
		"label-value-unbounded": unboundedExamples(),
		"label-value-long": {
			bad("long", one("query", strings.Repeat("a", lint.DefaultMaxLabelValueLength+1))),
			bad("threshold", one("query", "select")).with(lint.Options{MaxLabelValueLength: 5}),
			good("not quite", one("query", strings.Repeat("a", lint.DefaultMaxLabelValueLength))),
			good("short", one("query", "select")),
		},
		"family-cardinality": {
			bad("default", of(gauge, "jobs", many(lint.DefaultMaxFamilySeries+1, "jobs", "queue", "%d")...)),
			bad("histograms", of(hist, "jobs", many(3, "jobs_count", "queue", "%d")...)).with(lint.Options{MaxFamilySeries: 2}),
			good("at the default", of(gauge, "jobs", many(lint.DefaultMaxFamilySeries, "jobs", "queue", "%d")...)),
			good("buckets", of(hist, "jobs", many(20, "jobs_bucket", "le", "%d")...)).with(lint.Options{MaxFamilySeries: 2}),
		},
		"page-series": {
			bad("two families", of(gauge, "jobs", many(3, "jobs", "a", "%d")...), of(gauge, "tasks", many(3, "tasks", "a", "%d")...)).
				with(lint.Options{MaxPageSeries: 5}),
			bad("buckets", of(hist, "jobs", buckets(1, 1, 2, 2, inf, 3))).with(lint.Options{MaxPageSeries: 4}),
			bad("quantiles", of(summary, "jobs", metric.Sample{Summary: &metric.Summary{}})).with(lint.Options{MaxPageSeries: 1}),
			good("at the threshold", of(hist, "jobs", buckets(1, 1, 2, 2, inf, 3))).with(lint.Options{MaxPageSeries: 5}),
			good("small", of(gauge, "jobs", line("jobs", 1))),
			good("points of one series", of(gauge, "jobs", point("jobs", 1), point("jobs", 2))).with(lint.Options{MaxPageSeries: 1}),
			bad("points of two series", of(gauge, "jobs", point("jobs", 1), point("jobs", 2, "a", "b"))).with(lint.Options{MaxPageSeries: 1}),
		},
	}
}
