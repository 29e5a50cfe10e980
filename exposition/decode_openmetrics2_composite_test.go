package exposition_test

import (
	"strings"
	"testing"
)

// TestOpenMetrics2DecoderBadComposite reads values in braces that break one rule
// each. Columns are counted within the value.
func TestOpenMetrics2DecoderBadComposite(t *testing.T) {
	t.Parallel()
	const hist, gaugeHist, summ, unknown = "histogram", "gaugehistogram", "summary", "unknown"
	const native = "{count:2,sum:1,schema:0,zero_threshold:0,zero_count:0"
	const positive = native + ",positive_spans:[0:1],positive_buckets:[2]"
	tests := []struct {
		name, typ, value string
		column           int
		want             string
	}{
		// Fields.
		{"empty", hist, "{}", 2, "'}' where the field count should be"},
		{"brace alone", hist, "{", 2, "the line ends where the field count should be"},
		{"brace that is not closed", hist, "{count:0,sum:0,bucket:[+Inf:0]", 31, "the line ends where the closing brace should be"},
		{"more behind it", hist, "{count:0,sum:0,bucket:[+Inf:0]}1", 32, "'1' where a blank should be"},
		{"no count", hist, "{sum:0,bucket:[+Inf:0]}", 2, "'s' where the field count should be"},
		{"no sum", hist, "{count:0,bucket:[+Inf:0]}", 10, "'b' where the field sum should be"},
		{"no buckets", hist, "{count:0,sum:0}", 15, "'}' where the field schema or bucket should be"},
		{"sum first", hist, "{sum:0,count:0,bucket:[+Inf:0]}", 2, "'s' where the field count should be"},
		{"bucket first", hist, "{bucket:[+Inf:0],count:0,sum:0}", 2, "'b' where the field count should be"},
		{"other field", hist, "{count:0,sum:0,le:1}", 15, "',' where the field schema or bucket should be"},
		{"field that begins alike", hist, "{counts:0,sum:0,bucket:[+Inf:0]}", 7, "'s' where a colon should be"},
		{"field in other case", hist, "{Count:0,sum:0,bucket:[+Inf:0]}", 2, "'C' where the field count should be"},
		{"field in quotes", hist, "{\"count\":0,sum:0,bucket:[+Inf:0]}", 2, `'"' where the field count should be`},
		{"field behind the last", hist, "{count:0,sum:0,bucket:[+Inf:0],bucket:[+Inf:0]}", 31, "',' where the closing brace should be"},
		{"comma behind the last field", hist, "{count:0,sum:0,bucket:[+Inf:0],}", 31, "',' where the closing brace should be"},
		{"blank behind the brace", hist, "{ count:0,sum:0,bucket:[+Inf:0]}", 2, "' ' where the field count should be"},
		{"blank behind a colon", hist, "{count: 0,sum:0,bucket:[+Inf:0]}", 8, "' ' where the count should be"},
		{"blank behind a comma", hist, "{count:0, sum:0,bucket:[+Inf:0]}", 10, "' ' where the field sum should be"},
		{"blank behind a number", hist, "{count:0 ,sum:0,bucket:[+Inf:0]}", 9, "' ' where the field sum should be"},
		{"blank in a list", hist, "{count:0,sum:0,bucket:[1:0, +Inf:0]}", 28, "' ' where the bound of a bucket should be"},
		{"blank behind the last field", hist, "{count:0,sum:0,bucket:[+Inf:0] }", 31, "' ' where the closing brace should be"},
		{"tab", hist, "{count:0,sum:0\t,bucket:[+Inf:0]}", 15, `'\t' where the field schema or bucket should be`},
		{"equals sign", hist, "{count=0,sum:0,bucket:[+Inf:0]}", 7, "'=' where a colon should be"},
		{"missing number", hist, "{count:,sum:0,bucket:[+Inf:0]}", 8, "',' where the count should be"},
		{"hexadecimal number", hist, "{count:0x1,sum:0,bucket:[+Inf:1]}", 8, `the count "0x1" is not a number`},
		{"fields of a gauge histogram", hist, "{gcount:0,gsum:0,bucket:[+Inf:0]}", 2, "'g' where the field count should be"},
		{"fields of a histogram", gaugeHist, "{count:0,sum:0,bucket:[+Inf:0]}", 2, "'c' where the field gcount should be"},
		{"count of one and sum of the other", gaugeHist, "{gcount:0,sum:0,bucket:[+Inf:0]}", 11, "'s' where the field gsum should be"},
		{"fields of a summary", hist, "{count:0,sum:0,quantile:[]}", 15, "',' where the field schema or bucket should be"},
		{"gauge histogram of unknown type", unknown, "{gcount:0,gsum:0,bucket:[+Inf:0]}", 1, "a gauge histogram in a family of unknown type, in which it could not be told from a histogram"},
		{"neither of unknown type", unknown, "{count:0,sum:0}", 15, "'}' where the field schema or bucket should be"},

		// Counts and classic buckets.
		{"negative count", hist, "{count:-1,sum:0,bucket:[+Inf:-1]}", 8, "the count cannot be -1"},
		{"NaN count", hist, "{count:NaN,sum:0,bucket:[+Inf:NaN]}", 8, "the count cannot be NaN"},
		{"negative gcount", gaugeHist, "{gcount:-1,gsum:0,bucket:[+Inf:-1]}", 9, "the count cannot be -1"},
		{"no bracket", hist, "{count:0,sum:0,bucket:+Inf:0}", 23, "'+' where the opening bracket should be"},
		{"bracket that is not closed", hist, "{count:0,sum:0,bucket:[+Inf:0}", 30, "'}' where a comma or the closing bracket should be"},
		{"empty list", hist, "{count:0,sum:0,bucket:[]}", 24, "there is no bucket +Inf"},
		{"comma at the end of a list", hist, "{count:0,sum:0,bucket:[+Inf:0,]}", 31, "']' where the bound of a bucket should be"},
		{"comma at the start of a list", hist, "{count:0,sum:0,bucket:[,+Inf:0]}", 24, "',' where the bound of a bucket should be"},
		{"no bucket of infinity", hist, "{count:0,sum:0,bucket:[1:0]}", 27, "there is no bucket +Inf"},
		{"bucket without a count", hist, "{count:0,sum:0,bucket:[1,+Inf:0]}", 25, "',' where a colon should be"},
		{"bucket with an empty count", hist, "{count:0,sum:0,bucket:[1:,+Inf:0]}", 26, "',' where the count of a bucket should be"},
		{"bucket with two counts", hist, "{count:0,sum:0,bucket:[1:0:0,+Inf:0]}", 27, "':' where a comma or the closing bracket should be"},
		{"infinity in other case", hist, "{count:0,sum:0,bucket:[+inf:0]}", 24, `the bound of a bucket "+inf" is not a finite number`},
		{"infinity without a sign", hist, "{count:0,sum:0,bucket:[Inf:0]}", 24, `the bound of a bucket "Inf" is not a finite number`},
		{"infinity in full", hist, "{count:0,sum:0,bucket:[+Infinity:0]}", 24, `the bound of a bucket "+Infinity" is not a finite number`},
		{"NaN bound", hist, "{count:0,sum:0,bucket:[NaN:0,+Inf:0]}", 24, `the bound of a bucket "NaN" is not a finite number`},
		{"bounds descend", hist, "{count:0,sum:0,bucket:[2:0,1:0,+Inf:0]}", 28, "the bucket 1.0 comes after that of 2.0"},
		{"bound twice", hist, "{count:0,sum:0,bucket:[1:0,1.0:0,+Inf:0]}", 28, "the bucket 1.0 comes after that of 1.0"},
		{"zero twice", hist, "{count:0,sum:0,bucket:[-0:0,0:0,+Inf:0]}", 29, "the bucket 0.0 comes after that of -0.0"},
		{"infinity twice", hist, "{count:0,sum:0,bucket:[+Inf:0,+Inf:0]}", 31, "the bucket +Inf comes after that of +Inf"},
		{"negative infinity last", hist, "{count:0,sum:0,bucket:[+Inf:0,-Inf:0]}", 31, "the bucket -Inf comes after that of +Inf"},
		{"not cumulative", hist, "{count:1,sum:0,bucket:[1:2,+Inf:1]}", 33, "the bucket +Inf has the count 1 after 2"},
		{"negative bucket", hist, "{count:0,sum:0,bucket:[1:-1,+Inf:0]}", 26, "the bucket 1.0 has the count -1 after 0"},
		{"NaN bucket", hist, "{count:0,sum:0,bucket:[1:NaN,+Inf:0]}", 26, "the bucket 1.0 has the count NaN after 0"},
		{"other count", hist, "{count:2,sum:0,bucket:[1:0,+Inf:1]}", 33, "the bucket +Inf has the count 1, the histogram 2"},

		// Native buckets.
		{"native behind classic", hist, "{count:0,sum:0,bucket:[+Inf:0],schema:0,zero_threshold:0,zero_count:0}", 31, "',' where the closing brace should be"},
		{"no zero threshold", hist, "{count:0,sum:0,schema:0,zero_count:0}", 25, "'z' where the field zero_threshold should be"},
		{"no zero count", hist, "{count:0,sum:0,schema:0,zero_threshold:0}", 41, "'}' where the field zero_count should be"},
		{"no schema", hist, "{count:0,sum:0,zero_threshold:0,zero_count:0}", 15, "',' where the field schema or bucket should be"},
		{"schema below", hist, strings.Replace(native, "schema:0", "schema:-5", 1) + "}", 23, `the schema "-5" is not a whole number from -4 to 8`},
		{"schema above", hist, strings.Replace(native, "schema:0", "schema:9", 1) + "}", 23, `the schema "9" is not a whole number from -4 to 8`},
		{"custom bounds", hist, strings.Replace(native, "schema:0", "schema:-53", 1) + "}", 23, `the schema "-53" is not a whole number from -4 to 8`},
		{"schema with a fraction", hist, strings.Replace(native, "schema:0", "schema:1.0", 1) + "}", 23, `the schema "1.0" is not a whole number from -4 to 8`},
		{"no schema behind the colon", hist, strings.Replace(native, "schema:0", "schema:", 1) + "}", 23, "',' where the schema should be"},
		{"negative zero threshold", hist, strings.Replace(native, "threshold:0", "threshold:-1", 1) + "}", 40, "the zero threshold -1 is negative"},
		{"infinite zero threshold", hist, strings.Replace(native, "threshold:0", "threshold:+Inf", 1) + "}", 40, `the zero threshold "+Inf" is not a finite number`},
		{"NaN zero threshold", hist, strings.Replace(native, "threshold:0", "threshold:NaN", 1) + "}", 40, `the zero threshold "NaN" is not a finite number`},
		{"negative zero count", hist, strings.Replace(native, "zero_count:0", "zero_count:-1", 1) + "}", 16, "native histogram has the zero count -1"},
		{"spans without buckets", hist, native + ",positive_spans:[0:1]}", 75, "'}' where the field positive_buckets should be"},
		{"buckets without spans", hist, native + ",positive_buckets:[2]}", 54, "',' where the closing brace or a field that follows these should be"},
		{"buckets before spans", hist, native + ",positive_buckets:[2],positive_spans:[0:1]}", 54, "',' where the closing brace or a field that follows these should be"},
		{"positive before negative", hist, positive + ",negative_spans:[0:1],negative_buckets:[0]}", 96, "',' where the closing brace or a field that follows these should be"},
		{"deltas", hist, native + ",positive_spans:[0:1],positive_deltas:[2]}", 76, "'p' where the field positive_buckets should be"},
		{"more buckets than spans", hist, native + ",positive_spans:[0:1],positive_buckets:[1,1]}", 16, "native histogram's positive spans cover 1 buckets, there are 2"},
		{"fewer buckets than spans", hist, native + ",positive_spans:[0:2],positive_buckets:[2]}", 16, "native histogram's positive spans cover 2 buckets, there are 1"},
		{"a length beyond all", hist, native + ",positive_spans:[0:4294967295],positive_buckets:[2]}", 16, "native histogram's positive bucket index 4294967294 is above 1025"},
		{"a length beyond 32 bits", hist, native + ",positive_spans:[0:4294967296],positive_buckets:[2]}", 73, `the length of a span "4294967296" is not a whole number from 0 to 4294967295`},
		{"an offset beyond 32 bits", hist, native + ",positive_spans:[2147483648:1],positive_buckets:[2]}", 71, `the offset of a span "2147483648" is not a whole number from -2147483648 to 2147483647`},
		{"an offset beyond the schema", hist, native + ",positive_spans:[1026:1],positive_buckets:[2]}", 16, "native histogram's positive bucket index 1026 is above 1025"},
		{"negative second offset", hist, native + ",positive_spans:[0:1,-1:1],positive_buckets:[1,1]}", 75, `the offset of a span "-1" is not a whole number from 0 to 2147483647`},
		{"signed zero as second offset", hist, native + ",positive_spans:[0:1,-0:1],positive_buckets:[1,1]}", 75, `the offset of a span "-0" is not a whole number from 0 to 2147483647`},
		{"negative length", hist, native + ",positive_spans:[0:-1],positive_buckets:[2]}", 73, `the length of a span "-1" is not a whole number from 0 to 4294967295`},
		{"span without length", hist, native + ",positive_spans:[0],positive_buckets:[2]}", 72, "']' where a colon should be"},
		{"span with a fraction", hist, native + ",positive_spans:[0:1.0],positive_buckets:[2]}", 73, `the length of a span "1.0" is not a whole number from 0 to 4294967295`},
		{"empty offset", hist, native + ",positive_spans:[:1],positive_buckets:[2]}", 71, "':' where the offset of a span should be"},
		{"no list of spans", hist, native + ",positive_spans:0:1,positive_buckets:[2]}", 70, "'0' where the opening bracket should be"},
		{"no list of buckets", hist, native + ",positive_spans:[0:1],positive_buckets:2}", 93, "'2' where the opening bracket should be"},
		{"native bucket of less than nothing", hist, native + ",positive_spans:[0:2],positive_buckets:[3,-1]}", 16, "native histogram has a positive bucket with the count -1"},
		{"infinite native bucket", hist, strings.Replace(positive, "[2]", "[+Inf]", 1) + "}", 16, "native histogram has a positive bucket with the count +Inf"},
		{"sum of the buckets", hist, strings.Replace(positive, "[2]", "[1]", 1) + "}", 16, "native histogram has the count 2, its buckets add up to 1"},
		{"more buckets than the count, and a NaN sum", hist, strings.Replace(strings.Replace(positive, "[2]", "[3]", 1), "sum:1", "sum:NaN", 1) + "}", 18, "native histogram has the count 2, its buckets add up to 3"},
		{"other count behind native buckets", hist, positive + ",bucket:[+Inf:1]}", 110, "the bucket +Inf has the count 1, the histogram 2"},

		// Summaries.
		{"no quantiles", summ, "{count:0,sum:0}", 15, "'}' where the field quantile should be"},
		{"quantiles without a list", summ, "{count:0,sum:0,quantile:}", 25, "'}' where the opening bracket should be"},
		{"buckets", summ, "{count:0,sum:0,bucket:[+Inf:0]}", 16, "'b' where the field quantile should be"},
		{"fraction", summ, "{count:1.5,sum:0,quantile:[]}", 8, "the count 1.5 is not a whole number"},
		{"infinite summary", summ, "{count:+Inf,sum:0,quantile:[]}", 8, "the count +Inf is not a whole number"},
		{"negative summary", summ, "{count:-1,sum:0,quantile:[]}", 8, "the count -1 is not a whole number"},
		{"NaN summary", summ, "{count:NaN,sum:0,quantile:[]}", 8, "the count NaN is not a whole number"},
		{"negative sum", summ, "{count:1,sum:-1,quantile:[]}", 14, "the sum of a summary cannot be -1"},
		{"NaN sum", summ, "{count:1,sum:NaN,quantile:[]}", 14, "the sum of a summary cannot be NaN"},
		{"quantile above 1", summ, "{count:1,sum:1,quantile:[1.5:0]}", 26, "the quantile 1.5 is not between 0 and 1"},
		{"quantile below 0", summ, "{count:1,sum:1,quantile:[-0.5:0]}", 26, "the quantile -0.5 is not between 0 and 1"},
		{"NaN quantile", summ, "{count:1,sum:1,quantile:[NaN:0]}", 26, `a quantile "NaN" is not a finite number`},
		{"infinite quantile", summ, "{count:1,sum:1,quantile:[+Inf:0]}", 26, `a quantile "+Inf" is not a finite number`},
		{"quantile without a value", summ, "{count:1,sum:1,quantile:[0.5]}", 29, "']' where a colon should be"},
		{"quantiles descend", summ, "{count:1,sum:1,quantile:[0.9:0,0.5:0]}", 32, "the quantile 0.5 comes after 0.9"},
		{"quantile twice", summ, "{count:1,sum:1,quantile:[0.5:0,0.50:0]}", 32, "the quantile 0.5 comes after 0.5"},
		{"negative value", summ, "{count:1,sum:1,quantile:[0.5:-1]}", 30, "the value -1 of a quantile is negative"},
		{"fraction of unknown type", unknown, "{count:1.5,sum:0,quantile:[]}", 8, "the count 1.5 is not a whole number"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			const before = "a "
			page := "# TYPE a " + test.typ + "\n" + before + test.value + "\n# EOF\n"
			checkBadOpenMetrics2(t, page, 2, len(before)+test.column, test.want)
		})
	}
}
