package differ_test

import (
	"slices"
	"strings"
	"unicode/utf8"

	"polymeter.dev/exposition"
)

var text = format{
	name:        "text",
	folder:      "text",
	syntax:      exposition.Text,
	contentType: exposition.FormatText().ContentType(),
	stricter:    slices.Concat(textSyntax, textFaults),
	laxer:       textLaxer,
	differences: []string{boundsRewritten, blanksInName, hashBesideHelp, commentWithNUL, strayBeforeNUL, blankHelp},
	seeds:       textSeeds,
}

// lenientText is the text format with all faults read over that can be.
var lenientText = format{
	name:        "lenient text",
	folder:      "text",
	syntax:      exposition.Text,
	leniency:    exposition.LenientAll,
	contentType: exposition.FormatText().ContentType(),
	stricter:    textSyntax,
	laxer:       slices.Concat(textLaxer, lenientLaxer),
	differences: []string{boundsRewritten, blanksInName, commentWithNUL, strayBeforeNUL, firstCounts},
	seeds:       textSeeds,
}

var textSeeds = []string{
	" a 1\n\t{\" b\"} 1\n",
	"#TYPE a counter\n#HELP a Help.\na 1\n",
	"a 1\n#b\x00\nc 1\n",
	"# HELP a   \na 1\n",
	"# HELP \"a\nb\" Help.\n",
	"{\"a\nb\"} 1\n",
	"a 1 +5\n",
	"{\"a\x00\"} 1\n",
	"# TYPE a_b=counter\n",
	"#\x00\na one\n",
	"# TYPE\x00 \n",
	"#TYPE a gauge gauge\n",
	"a{b=\"\\\x00\"} 1\n",
	"\ufeffa 1\n",
	"a 1\r\nb 1 1\r\n\r\n",
	"# TYPE a Info\r\n",
}

// textSyntax are the rules of the text format that Prometheus does not have.
var textSyntax = []rule{
	{"bytes that are not UTF-8", reason(`invalid UTF-8`), func(r *refusal) bool { return !utf8.ValidString(r.line) }},
	{"metadata directly behind #", reason(`.*`), func(r *refusal) bool { return hashed.MatchString(r.line) }},
	{"metadata without a name", reason(`the line ends where a blank and the name of a metric should be`), nil},
	{"metadata with something else behind the name", reason(`'.*' where a blank should be`), matches(`^[ \t]*#[ \t]*(HELP|TYPE)[ \t]`)},
	{"line feeds within quotes", reason(`the quote is not closed`), unclosed},
	{"labels twice", reason(`label name ".*" occurs twice`), labelTwice},
	{"empty names", reason(`'"' where the name of a (label|metric) should be`), matches(`""`)},
	{"names behind labels", reason(`'[,}]' where an equals sign should be`), matches(`\{.*[,{][ \t]*".*"[ \t]*[,}]`)},
	{"no comma between labels", reason(`'["a-zA-Z_]' where a comma or the closing brace should be`), nil},
	{"the character NUL", reason(`'\\x00' where .* should be`), strayNUL},
}

// textFaults are those that can be read over.
var textFaults = []rule{
	{"no line feed at the end", reason(`the page does not end in a line feed`), func(r *refusal) bool {
		return !strings.HasSuffix(r.text, "\n")
	}},
	{"metadata twice", reason(`a second (HELP|TYPE) line for ".*"`), metadataTwice},
	{"metadata behind samples", reason(`the (HELP|TYPE) line of ".*" comes after its samples`), nil},
	{"names in two places", reason(`the name ".*" is on the page already`), nil},
	{"series twice", reason(`the series .*\{.*\} is there twice`), seriesTwice},
	{"the order of bounds", reason(`the (bucket|quantile) \S+ comes after that of \S+`), nil},
	{"counts that fall", reason(`the bucket \S+ has the count \S+ after \S+`), nil},
	{"no infinite bucket", reason(`the histogram \{.*\} has no bucket le="\+Inf"`), nil},
	{"other counts than buckets", reason(`the histogram \{.*\} has the count \S+, its bucket le="\+Inf" \S+`), nil},
	{"no bounds", reason(`the sample has no label "(le|quantile)"`), nil},
	{"bounds that are none", reason(`(le|quantile)=".*" is not a number that it can be`), nil},
}

// textLaxer are the pages that Prometheus refuses against the text format.
var textLaxer = []rule{
	{"signs of times", reason(`expected timestamp or new record, got "[-+]" .*`), nil},
	{"blanks around types", reason(`invalid metric type "( |\\t)*(counter|gauge|histogram|summary|untyped)( |\\t)*"`), nil},
	{"the character NUL in names", reason(`.*, got ".*\\x00" \("INVALID"\) while parsing: .*`), nil},
}

// lenientLaxer are the pages that can be read leniently, but not by Prometheus.
var lenientLaxer = []rule{
	{"byte order marks", reason(`expected a valid start token, got "\\xef" \("INVALID"\) while parsing: .*`), nil},
	{"carriage returns", reason(`expected a valid start token, got "\\r" \("INVALID"\) while parsing: .*`), nil},
	{"carriage returns", reason(`expected (timestamp or new record|next entry after timestamp), got "\\r" \("INVALID"\) while parsing: .*`), nil},
	{"carriage returns", reason(`strconv.ParseFloat: parsing ".*\\r": invalid syntax while parsing: .*`), nil},
	{"types of all formats", reason(`invalid metric type ".*"`), nil},
}
