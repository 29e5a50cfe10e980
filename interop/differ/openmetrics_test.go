package differ_test

import (
	"unicode/utf8"

	"polymeter.dev/exposition"
)

var openMetrics = format{
	name:        "openmetrics",
	folder:      "openmetrics",
	syntax:      exposition.OpenMetrics,
	contentType: exposition.FormatOpenMetrics().ContentType(),
	stricter:    openMetricsStricter,
	laxer:       openMetricsLaxer,
	differences: []string{boundsRewritten, strayBeforeNUL, firstCounts, timesAreFloats, timesOverflow, exemplarEscapes},
	seeds: []string{
		"a{b=\"\\\x00\"} 1\n# EOF\n",
		"a 1 16.141\n# EOF\n",
		"a 1 1e16\n# EOF\n",
		"a 1 1e20\n# EOF\n",
		"a 1 10000000000000000000\n# EOF\n",
		"{\"\xff\"} 1\n# EOF\n",
		"{\"a\nb\"} 1\n# EOF\n",
		"# UNIT \"a_b.c\" b.c\n# EOF\n",
		"# TYPE \"a\x00b\" gauge\n# EOF\n",
		"# TYPE a counter\na_total 1 # {b=\"\x00\"} 1\n# EOF\n",
		"# EO\x00F",
	},
}

// openMetricsStricter are the rules of OpenMetrics 1.0 that Prometheus does not have.
var openMetricsStricter = []rule{
	{"bytes that are not UTF-8", reason(`invalid UTF-8`), func(r *refusal) bool { return !utf8.ValidString(r.line) }},
	{"line feeds within quotes", reason(`the quote is not closed`), unclosed},
	{"the character NUL", reason(`.*`), strayNUL},

	{"reserved names", reason(`the label name ".*" is reserved, since it begins with an underscore`), matches(`[{,]"?_`)},
	{"reserved names", reason(`the name ".*" is reserved, since it begins with an underscore`), matches(`^(# [A-Z]+ |\{)?"?_`)},
	{"empty names", reason(`'"' where the name of a (label|metric) should be`), matches(`""`)},
	{"names behind labels", reason(`'[,}]' where an equals sign should be`), matches(`\{.*,".*"[,}]`)},
	{"labels twice", reason(`label name ".*" occurs twice`), labelTwice},
	{"commas behind the last label", reason(`a comma before the closing brace`), matches(`,\}`)},

	{"metadata twice", reason(`a second (HELP|TYPE|UNIT) line for ".*"`), metadataTwice},
	{"metadata behind samples", reason(`the (HELP|TYPE|UNIT) line of ".*" comes after its samples`), nil},
	{"units of infos and state sets", reason(`".*" has a unit, which a (info|stateset) has not`), nil},
	{"characters of units", reason(`'.*' where a character of a unit should be`), matches(`^# UNIT `)},
	{"escapes in help texts", reason(`a quote in a help text is not escaped`), matches(`^# HELP .*"`)},
	{"escapes in help texts", reason(`a backslash at the end of a help text is not escaped`), matches(`\\$`)},
	{"carriage returns", reason(`a carriage return at the end of the line`), matches(`\r$`)},

	{"names in two places", reason(`the name ".*" is on the page already`), nil},
	{"series in two places", reason(`the (lines|points) of (the )?series \{.*\} are apart`), nil},
	{"series twice", reason(`the series .*\{.*\} is there twice`), nil},
	{"series twice", reason(`the state ".*" is there twice`), nil},
	{"series twice", reason(`_\w+ occurs twice in one point`), seriesTwice},
	{"times that go back", reason(`the series \{.*\} goes back in time, from \S+ to \S+`), nil},
	{"times of some points", reason(`the series \{.*\} has lines with and without a timestamp`), nil},
	{"times out of range", reason(`timestamp \S+ is (out of range|not a finite number of seconds)`), nil},
	{"times out of range", reason(`the time of the start "(?i:nan|[-+]?inf|[-+]?infinity)" is not a finite number of seconds`), nil},

	{"values of a type", reason(`a (counter|info|stateset) cannot have the value \S+`), nil},
	{"counters without a total", reason(`the counter \{.*\} has no total`), nil},
	{"labels of a type", reason(`the sample has no label "(le|quantile)"`), nil},
	{"labels of a type", reason(`the sample has no label ".*" with its state`), nil},
	{"labels of a type", reason(`the label "(le|quantile)", which the metrics of a (histogram|gaugehistogram|summary) do not have`), matches(`le`)},
	{"bounds that are none", reason(`(le|quantile)=".*" is not a number that it can be`), nil},
	{"the order of bounds", reason(`le="\S+" does not ascend from \S+`), nil},
	{"the order of bounds", reason(`the bound ".*" is there twice`), nil},
	{"counts that fall", reason(`bucket le="\S+" has the count \S+ after \S+`), nil},
	{"no infinite bucket", reason(`series \{.*\} does not end in the bucket le="\+Inf"`), nil},
	{"other counts than buckets", reason(`series \{.*\} has the count \S+, its bucket le="\+Inf" \S+`), nil},
	{"counts that are not whole", reason(`_g?count \S+ is not a whole number`), nil},
	{"sums and counts", reason(`series \{.*\} has only one of sum and count`), nil},
	{"sums and counts", reason(`series \{.*\} has a sum and negative buckets`), nil},
	{"sums and counts", reason(`series \{.*\} has the sum \S+`), nil},
	{"sums and counts", reason(`quantile ".*" has the negative value \S+`), nil},

	{"exemplars of other samples", reason(`an exemplar, which only the total of a counter and buckets have`), matches(` # \{`)},
	{"exemplars above their bucket", reason(`the exemplar \S+ is not in its bucket, which ends at \S+`), matches(` # \{`)},
	{"long exemplars", reason(`the labels of the exemplar have more than 128 characters`), matches(` # \{.{128}`)},
}

// openMetricsLaxer are the pages that Prometheus refuses against OpenMetrics.
var openMetricsLaxer = []rule{
	{"the character NUL in names and exemplars", reason(`.*, got ".*\\x00" \("INVALID"\) while parsing: .*`), nil},
}
