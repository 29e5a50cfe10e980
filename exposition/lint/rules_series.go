package lint

// Rules about labels and the number of series.
var (
	ruleLabelReserved = &Rule{
		ID: "label-reserved", Severity: Error,
		Summary:     "A label name that starts with two underscores.",
		Explanation: "Such names belong to Prometheus itself, which drops or overwrites them.",
		Fix:         "Choose a name without leading underscores.",
	}
	ruleLabelBound = &Rule{
		ID: "label-bound-misplaced", Severity: Warning,
		Summary:     "A label `le` that is not on a histogram, or a label `quantile` that is not on a summary.",
		Explanation: "Tools take series with these labels for buckets and quantiles.",
		Fix:         "Choose another label name, or declare the type that the series are of.",
	}
	ruleLabelNotLegacy = &Rule{
		ID: "label-name-not-legacy", Severity: Info,
		Summary:     "A label name that older readers cannot take: anything but letters, digits and `_`, or a digit at the start.",
		Explanation: "Queries have to quote it, and readers from before Prometheus 3 see another name or refuse the page.",
		Fix:         "Use lower-case letters, digits and underscores only.",
	}
	ruleLabelCase = &Rule{
		ID: "label-name-case", Severity: Warning,
		Summary:     "A label name that is not in snake_case: with capitals, or with an underscore at an end or doubled.",
		Explanation: "Labels are joined by their names, and `userId` never meets `user_id`.",
		Fix:         "Write lower-case words with one underscore between them.",
	}
	ruleLabelRedundant = &Rule{
		ID: "label-redundant", Severity: Info,
		Summary:     "A label whose name is in the metric name as well, such as `requests_by_code{code}` or `cache{cache_shard}`.",
		Explanation: "The name becomes wrong once the label is summed away.",
		Fix:         "Leave one of the two out.",
	}
	ruleLabelTarget = &Rule{
		ID: "label-target", Severity: Warning,
		Summary:     "A label `job` or `instance`.",
		Explanation: "Prometheus gives every series these labels itself and renames the page's to `exported_job` and `exported_instance`.",
		Fix:         "Leave it to the scraper; where a page passes on other programs' metrics, scrape it with `honor_labels`.",
	}
	ruleLabelEmpty = &Rule{
		ID: "label-value-empty", Severity: Info,
		Summary:     "A label with an empty value. Infos may have them.",
		Explanation: "Prometheus treats it as if the label was not there, so the series looks different from the others.",
		Fix:         "Give unknown values a name, such as `unknown` or `none`.",
	}
	ruleLabelsInconsistent = &Rule{
		ID: "label-names-inconsistent", Severity: Warning,
		Summary:     "Series of one family with different label names. Infos may have them.",
		Explanation: "Grouping by a label that only some series have adds the others up under an empty value.",
		Fix:         "Give all series of the family the same label names.",
	}
	ruleLabelCardinality = &Rule{
		ID: "label-cardinality", Severity: Warning,
		Summary:     "A label with more values than the threshold.",
		Explanation: "Every value is another series for each combination of the other labels, and a label like that seldom stops growing.",
		Fix:         "Group the values into few, or leave the label out and log it instead.",
	}
	ruleLabelUnbounded = &Rule{
		ID: "label-value-unbounded", Severity: Warning,
		Summary:     "A label value that looks like one of endlessly many: a UUID, hash, e-mail or network address, telephone number, token, time, a path or text with identifiers. Infos may have them; a UUID, hash or network address that is the only value of its kind is of the severity info.",
		Explanation: "Each new value is a new series that never goes away, until memory runs out.",
		Fix:         "Use what the values have in common, such as the route instead of the path, and log the rest.",
	}
	ruleLabelLong = &Rule{
		ID: "label-value-long", Severity: Warning,
		Summary:     "A label value longer than the threshold.",
		Explanation: "It is stored and compared with every series, and texts of that length are rarely few.",
		Fix:         "Use a short name for it.",
	}
)

var labelRules = []*Rule{
	ruleLabelReserved, ruleLabelBound, ruleLabelNotLegacy, ruleLabelCase, ruleLabelRedundant, ruleLabelTarget,
	ruleLabelEmpty, ruleLabelsInconsistent, ruleLabelCardinality, ruleLabelUnbounded, ruleLabelLong,
}

// Rules about the size of families and of the page.
var (
	ruleFamilySeries = &Rule{
		ID: "family-cardinality", Severity: Warning,
		Summary:     "A family with more label sets than the threshold.",
		Explanation: "A server keeps an index entry and a piece of memory for each of them, on each of its scraped targets.",
		Fix:         "Leave out a label, or group its values.",
	}
	rulePageSeries = &Rule{
		ID: "page-series", Severity: Warning,
		Summary:     "A page with more series than the threshold. A histogram counts with all its buckets.",
		Explanation: "It is slow to make, send and store, and a server with a `sample_limit` refuses it as a whole.",
		Fix:         "Find the families with the most series and shrink those.",
	}
)

var pageRules = []*Rule{ruleFamilySeries, rulePageSeries}
