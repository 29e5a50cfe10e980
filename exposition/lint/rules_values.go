package lint

// Rules about histograms.
var (
	ruleHistogramOnlyInf = &Rule{
		ID: "histogram-only-inf", Severity: Info,
		Summary:     "A histogram with no bucket but `+Inf`.",
		Explanation: "No quantile can be computed from it; native histograms look like this in formats that cannot show them.",
		Fix:         "Choose bounds, scrape native histograms as protobuf, or use a summary without quantiles.",
	}
	ruleHistogramManyBuckets = &Rule{
		ID: "histogram-many-buckets", Severity: Warning,
		Summary:     "A histogram with more buckets than the threshold.",
		Explanation: "Each bucket is a series of its own for every combination of labels.",
		Fix:         "Use fewer bounds, around the values that matter, or a native histogram.",
	}
	ruleHistogramBounds = &Rule{
		ID: "histogram-bounds", Severity: Error,
		Summary:     "Buckets whose bounds do not ascend, occur twice or are no numbers.",
		Explanation: "Readers refuse them or compute wrong quantiles.",
		Fix:         "Write every bound once, in ascending order.",
	}
	ruleHistogramNotCumulative = &Rule{
		ID: "histogram-not-cumulative", Severity: Error,
		Summary:     "A bucket with a lower count than the one before it.",
		Explanation: "A bucket contains those below it, so quantiles computed from these are wrong.",
		Fix:         "Add the counts of the lower buckets to each bucket.",
	}
	ruleHistogramWithoutInf = &Rule{
		ID: "histogram-without-inf", Severity: Error,
		Summary:     "A histogram without the bucket `+Inf`.",
		Explanation: "Its count is not known, and `histogram_quantile()` gives NaN.",
		Fix:         "Add the bucket `+Inf`, which has the count of all observations.",
	}
	ruleHistogramAbove = &Rule{
		ID: "histogram-all-above", Severity: Info,
		Summary:     "A histogram with many observations, all of them above the last finite bound.",
		Explanation: "All that it tells of them is their number; often the bounds are meant for another unit.",
		Fix:         "Choose higher bounds, or check the unit of the values.",
	}
	ruleHistogramBelow = &Rule{
		ID: "histogram-all-below", Severity: Info,
		Summary:     "A histogram with many observations, all of them in the first bucket.",
		Explanation: "All that it tells of them is their number; often the bounds are meant for another unit.",
		Fix:         "Choose lower bounds, or check the unit of the values.",
	}
)

var histogramRules = []*Rule{
	ruleHistogramOnlyInf, ruleHistogramManyBuckets, ruleHistogramBounds, ruleHistogramNotCumulative,
	ruleHistogramWithoutInf, ruleHistogramAbove, ruleHistogramBelow,
}

// Rules about single samples.
var (
	ruleCounterNaN = &Rule{
		ID: "counter-nan", Severity: Error,
		Summary:     "A counter, or a count of a histogram or summary, that is not a number.",
		Explanation: "OpenMetrics readers refuse the page, and `rate()` over it is NaN.",
		Fix:         "Leave the series out until it has a value.",
	}
	ruleCounterNegative = &Rule{
		ID: "counter-negative", Severity: Error,
		Summary:     "A counter, or a count of a histogram or summary, below zero.",
		Explanation: "Counters start at zero and only go up, so OpenMetrics readers refuse the page.",
		Fix:         "Use a gauge for what also goes down.",
	}
	ruleInfoValue = &Rule{
		ID: "info-value", Severity: Error,
		Summary:     "An info, or a gauge with a name in `_info`, that is not 1; or a state that is neither 0 nor 1.",
		Explanation: "Infos are joined to other metrics by multiplying with them, which then changes the result.",
		Fix:         "Put what is to be told in labels, and let the value be 1.",
	}
	ruleTimestampExplicit = &Rule{
		ID: "timestamp-explicit", Severity: Info,
		Summary:     "Samples that have timestamps.",
		Explanation: "Prometheus then does not notice when the series ends, and shows its last value for minutes.",
		Fix:         "Leave timestamps out: the scraper knows when it asked.",
	}
	ruleTimestampStale = &Rule{
		ID: "timestamp-stale", Severity: Warning,
		Summary:     "Samples with timestamps older than the threshold.",
		Explanation: "Queries do not look back that far, so the series seems to be missing, and very old samples are refused.",
		Fix:         "Leave the timestamp out, and show the age as a metric of its own.",
	}
	ruleTimestampFuture = &Rule{
		ID: "timestamp-future", Severity: Warning,
		Summary:     "Samples with timestamps ahead of the clock by more than the threshold.",
		Explanation: "Prometheus drops samples from too far ahead; often they are milliseconds where seconds are expected.",
		Fix:         "Check the unit of the timestamps and the clock, or leave them out.",
	}
)

var sampleRules = []*Rule{
	ruleCounterNaN, ruleCounterNegative, ruleInfoValue, ruleTimestampExplicit, ruleTimestampStale, ruleTimestampFuture,
}
