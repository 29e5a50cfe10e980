package exposition_test

import (
	"errors"
	"io"
	"strings"
	"testing"

	"polymeter.dev/exposition"
)

// TestOpenMetrics2DecoderBad reads pages that break one rule each.
func TestOpenMetrics2DecoderBad(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, page   string // without # EOF
		line, column int
		want         string
	}{
		// Lines.
		{"empty line", "a 1\n\n", 2, 1, "an empty line"},
		{"more behind the end", "# EOF\na 1\n", 2, 1, "there is more after # EOF"},
		{"empty line behind the end", "# EOF\n\n", 2, 1, "there is more after # EOF"},
		{"more on the last line", "# EOF \n", 1, 1, "a line that begins with # and is not one of TYPE, HELP, UNIT or EOF"},
		{"carriage return", "a 1\r\n", 1, 3, `the value of the sample "1\r" is not a number`},
		{"carriage return behind a type", "# TYPE a gauge\r\n", 1, 10, `"gauge\r" where a type should be: counter, gauge, histogram, gaugehistogram, stateset, info, summary or unknown`},
		{"byte order mark", "\ufeffa 1\n", 1, 1, `'\ufeff' where the name of a metric should be`},
		{"invalid UTF-8", "a 1\nb{c=\"\xff\"} 1\n", 2, 6, "invalid UTF-8"},
		{"comment", "# a comment\n", 1, 1, "a line that begins with # and is not one of TYPE, HELP, UNIT or EOF"},
		{"no blank behind #", "#TYPE a gauge\n", 1, 1, "a line that begins with # and is not one of TYPE, HELP, UNIT or EOF"},
		{"two blanks behind #", "#  TYPE a gauge\n", 1, 1, "a line that begins with # and is not one of TYPE, HELP, UNIT or EOF"},
		{"other case", "# type a gauge\n", 1, 1, "a line that begins with # and is not one of TYPE, HELP, UNIT or EOF"},
		{"blank before a sample", " a 1\n", 1, 1, "' ' where the name of a metric should be"},

		// Metadata.
		{"no name", "# TYPE  gauge\n", 1, 8, "' ' where the name of a metric should be"},
		{"empty name", "# TYPE \"\" gauge\n", 1, 8, `'"' where the name of a metric should be`},
		{"name without quotes", "# TYPE a.b gauge\n", 1, 9, "'.' where a blank should be"},
		{"quote that is not closed", "# TYPE \"a gauge\n", 1, 8, "the quote is not closed"},
		{"no type", "# TYPE a\n", 1, 9, "the line ends where a blank should be"},
		{"empty type", "# TYPE a \n", 1, 10, `"" where a type should be: counter, gauge, histogram, gaugehistogram, stateset, info, summary or unknown`},
		{"unknown type", "# TYPE a meter\n", 1, 10, `"meter" where a type should be: counter, gauge, histogram, gaugehistogram, stateset, info, summary or unknown`},
		{"untyped", "# TYPE a untyped\n", 1, 10, `"untyped" where a type should be: counter, gauge, histogram, gaugehistogram, stateset, info, summary or unknown`},
		{"type in other case", "# TYPE a Gauge\n", 1, 10, `"Gauge" where a type should be: counter, gauge, histogram, gaugehistogram, stateset, info, summary or unknown`},
		{"blank behind a type", "# TYPE a gauge \n", 1, 10, `"gauge " where a type should be: counter, gauge, histogram, gaugehistogram, stateset, info, summary or unknown`},
		{"two blanks before a type", "# TYPE a  gauge\n", 1, 10, `" gauge" where a type should be: counter, gauge, histogram, gaugehistogram, stateset, info, summary or unknown`},
		{"no help", "# HELP a\n", 1, 9, "the line ends where a blank should be"},
		{"quote in a help text", "# HELP a b\"c\n", 1, 11, "a quote in a help text is not escaped"},
		{"backslash at the end of a help text", "# HELP a b\\\n", 1, 11, "a backslash at the end of a help text is not escaped"},
		{"unit of other characters", "# UNIT a_b b/c\n", 1, 13, "'/' where a character of a unit should be"},
		{"unit of an info", "# UNIT a_info b\n# TYPE a_info info\na_info 1\nb 1\n", 1, 1, `"a_info" has a unit, which the type info has not`},
		{"unit of a state set", "# TYPE a_b stateset\n# UNIT a_b b\n", 2, 1, `"a_b" has a unit, which the type stateset has not`},
		{"two types", "# TYPE a gauge\n# TYPE a gauge\n", 2, 1, `a second TYPE line for "a"`},
		{"two help texts", "# HELP a \n# HELP a b\n", 2, 1, `a second HELP line for "a"`},
		{"two units", "# UNIT a_b b\n# UNIT a_b b\n", 2, 1, `a second UNIT line for "a_b"`},
		{"metadata behind a sample", "a 1\n# HELP a b\n", 2, 1, `the HELP line of "a" comes after its samples`},
		{"info of another name", "# TYPE a info\n", 1, 1, `the name of an info is something and _info, not "a"`},
		{"info without another name", "# TYPE _info info\n", 1, 1, `the name of an info is something and _info, not "_info"`},
		{"family twice", "a 1\nb 1\na{b=\"c\"} 1\n", 3, 1, `the name "a" is on the page already`},
		{"metadata twice", "# TYPE a gauge\n# TYPE b gauge\n# HELP a c\n", 3, 1, `the name "a" is on the page already`},
		{"family twice, in quotes", "a 1\nb 1\n{\"a\"} 1\n", 3, 1, `the name "a" is on the page already`},

		// Names and labels.
		{"no name, but labels", "{a=\"b\"} 1\n", 1, 1, "the series has no name"},
		{"empty braces alone", "{} 1\n", 1, 1, "the series has no name"},
		{"empty quoted name", "{\"\"} 1\n", 1, 2, `'"' where the name of a label should be`},
		{"name behind labels", "{a=\"b\",\"c\"} 1\n", 1, 11, "'}' where an equals sign should be"},
		{"name before and in the braces", "a{\"b\"} 1\n", 1, 6, "'}' where an equals sign should be"},
		{"quoted name before the braces", "\"a\"{b=\"c\"} 1\n", 1, 1, `'"' where the name of a metric should be`},
		{"two names", "{\"a\",\"b\"} 1\n", 1, 9, "'}' where an equals sign should be"},
		{"digit first", "1a 1\n", 1, 1, "'1' where the name of a metric should be"},
		{"blank before the braces", "a {b=\"c\"} 1\n", 1, 4, "'b' where the field count should be"},
		{"colon in a label name", "a{b:c=\"d\"} 1\n", 1, 4, "':' where an equals sign should be"},
		{"empty label name", "a{\"\"=\"b\"} 1\n", 1, 3, `'"' where the name of a label should be`},
		{"no equals sign", "a{b} 1\n", 1, 4, "'}' where an equals sign should be"},
		{"no quotes", "a{b=c} 1\n", 1, 5, "'c' where the quoted value of a label should be"},
		{"other quotes", "a{b='c'} 1\n", 1, 5, `'\'' where the quoted value of a label should be`},
		{"quote that ends with the line", "a{b=\"c} 1\n", 1, 5, "the quote is not closed"},
		{"no comma", "a{b=\"c\"d=\"e\"} 1\n", 1, 8, "'d' where a comma or the closing brace should be"},
		{"comma at the end", "a{b=\"c\",} 1\n", 1, 9, "a comma before the closing brace"},
		{"comma alone", "a{,} 1\n", 1, 3, "',' where the name of a label should be"},
		{"two commas", "a{b=\"c\",,d=\"e\"} 1\n", 1, 9, "',' where the name of a label should be"},
		{"blank in the braces", "a{b=\"c\", d=\"e\"} 1\n", 1, 9, "' ' where the name of a label should be"},
		{"brace that is not closed", "a{b=\"c\"", 1, 8, "'#' where a comma or the closing brace should be"},
		{"label twice", "a{b=\"c\",\"b\"=\"d\"} 1\n", 1, 2, `label name "b" occurs twice`},
		{"two underscores", "a{__b=\"c\"} 1\n", 1, 2, `the label name "__b" is reserved, since it begins with two underscores`},
		{"two underscores in quotes", "{\"a.b\",\"__b.c\"=\"d\"} 1\n", 1, 1, `the label name "__b.c" is reserved, since it begins with two underscores`},
		{"le on a histogram", "# TYPE a histogram\na{b=\"c\",le=\"1\"} {count:0,sum:0,bucket:[+Inf:0]}\n", 2, 2, `the label name "le" is reserved, since other formats need it for the parts of the sample`},
		{"quantile on a summary", "# TYPE a summary\na{quantile=\"1\"} {count:0,sum:0,quantile:[]}\n", 2, 2, `the label name "quantile" is reserved, since other formats need it for the parts of the sample`},

		// Values and times.
		{"no value", "a\n", 1, 2, "the line ends where a blank should be"},
		{"no value behind a blank", "a \n", 1, 3, "the line ends where the value of the sample should be"},
		{"two blanks before the value", "a  1\n", 1, 3, "' ' where the value of the sample should be"},
		{"tab before the value", "a\t1\n", 1, 2, `'\t' where a blank should be`},
		{"no blank before the value", "a{}1\n", 1, 4, "'1' where a blank should be"},
		{"blank at the end", "a 1 \n", 1, 5, `the timestamp "" is not a finite number of seconds`},
		{"hexadecimal", "a 0x1\n", 1, 3, `the value of the sample "0x1" is not a number`},
		{"underscore in a number", "a 1_0\n", 1, 3, `the value of the sample "1_0" is not a number`},
		{"signed NaN", "a -nan\n", 1, 3, `the value of the sample "-nan" is not a number`},
		{"too great a number", "a 1e400\n", 1, 3, `the value of the sample "1e400" is beyond the range of float64`},
		{"no digits", "a .\n", 1, 3, `the value of the sample "." is not a number`},
		{"negative counter", "# TYPE a counter\na -1\n", 2, 3, "a counter cannot have the value -1"},
		{"NaN counter", "# TYPE a counter\na NaN\n", 2, 3, "a counter cannot have the value NaN"},
		{"info of 2", "# TYPE a_info info\na_info 2\n", 2, 8, "a info cannot have the value 2"},
		{"state of 2", "# TYPE a stateset\na{a=\"b\"} 2\n", 2, 10, "a stateset cannot have the value 2"},
		{"no state", "# TYPE a stateset\na{b=\"c\"} 1\n", 2, 1, `the sample has no label "a" with its state`},
		{"number of a histogram", "# TYPE a histogram\na 1\n", 2, 3, "'1' where the composite value of a histogram should be"},
		{"number of a summary", "# TYPE a summary\na 1\n", 2, 3, "'1' where the composite value of a summary should be"},
		{"composite value of a gauge", "# TYPE a gauge\na {count:0,sum:0,bucket:[+Inf:0]}\n", 2, 3, "'{' where the number that a gauge has for a value should be"},
		{"malformed timestamp", "a 1 x\n", 1, 5, `the timestamp "x" is not a finite number of seconds`},
		{"infinite timestamp", "a 1 +Inf\n", 1, 5, `the timestamp "+Inf" is not a finite number of seconds`},
		{"NaN timestamp", "a 1 nan\n", 1, 5, `the timestamp "nan" is not a finite number of seconds`},
		{"timestamp out of range", "a 1 1e19\n", 1, 5, "timestamp 1e+19 is not a finite number of seconds"},
		{"two timestamps", "a 1 2 3\n", 1, 7, "'3' where the # of an exemplar should be"},
		{"start of a gauge", "# TYPE a gauge\na 1 st@2\n", 2, 5, "the time of a start, which the type gauge has not"},
		{"start of a gauge histogram", "# TYPE a gaugehistogram\na {gcount:0,gsum:0,bucket:[+Inf:0]} st@2\n", 2, 37, "the time of a start, which the type gaugehistogram has not"},
		{"start of unknown type", "a 1 st@2\n", 1, 5, "the time of a start, which the type unknown has not"},
		{"start in other case", "# TYPE a counter\na 1 ST@2\n", 2, 5, `the timestamp "ST@2" is not a finite number of seconds`},
		{"start before the timestamp", "# TYPE a counter\na 1 st@2 3\n", 2, 10, "'3' where the # of an exemplar should be"},
		{"two starts", "# TYPE a counter\na 1 st@2 st@3\n", 2, 10, "'s' where the # of an exemplar should be"},
		{"blank in a start", "# TYPE a counter\na 1 st@ 2\n", 2, 8, `the time of the start "" is not a finite number of seconds`},
		{"malformed start", "# TYPE a counter\na 1 st@x\n", 2, 8, `the time of the start "x" is not a finite number of seconds`},
		{"no blank before an exemplar", "# TYPE a counter\na 1# {} 1 2\n", 2, 3, `the value of the sample "1#" is not a number`},
		{"two blanks before an exemplar", "# TYPE a counter\na 1  # {} 1 2\n", 2, 5, `the timestamp "" is not a finite number of seconds`},

		// The order of lines.
		{"series twice", "a 1\na 2\n", 2, 1, "the series a{} is there twice"},
		{"series twice with other labels", "a{b=\"c\",d=\"e\"} 1\na{d=\"e\",b=\"c\"} 2\n", 2, 1, `the series a{b="c",d="e"} is there twice`},
		{"histogram twice", "# TYPE a histogram\na {count:0,sum:0,bucket:[+Inf:0]}\na {count:0,sum:0,bucket:[+Inf:0]}\n", 3, 1, "the series a{} is there twice"},
		{"info twice", "# TYPE a_info info\na_info 1\na_info 1\n", 3, 1, "the series a_info{} is there twice"},
		{"same timestamp", "a 1 1.0\na 2 1\n", 2, 1, "the series a{} is there twice with the timestamp 1.000000000"},
		{"back in time", "a 1 2\na 2 1\n", 2, 1, "the series {} goes back in time, from 2.000000000 to 1.000000000"},
		{"timestamp only first", "a 1 2\na 2\n", 2, 1, "the series {} has lines with and without a timestamp"},
		{"timestamp only last", "a 1\na 2 1\n", 2, 1, "the series {} has lines with and without a timestamp"},
		{"series apart", "a 1 1\na{b=\"c\"} 1\na 2 2\n", 3, 1, "the lines of the series {} are apart"},
		{"state twice", "# TYPE a stateset\na{a=\"x\"} 1\na{a=\"x\"} 0\n", 3, 1, `the series a{a="x"} is there twice`},
		{"states in turns", "# TYPE a stateset\na{a=\"x\"} 1 1\na{a=\"y\"} 1 1\na{a=\"x\"} 1 2\n", 4, 1, `the lines of the series {a="x"} are apart`},
		{"state sets apart", "# TYPE a stateset\na{a=\"x\",e=\"1\"} 1\na{a=\"x\",e=\"2\"} 1\na{a=\"y\",e=\"1\"} 1\n", 4, 1, `the lines of the series {e="1"} are apart`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			checkBadOpenMetrics2(t, test.page+"# EOF\n", test.line, test.column, test.want)
		})
	}
}

func checkBadOpenMetrics2(t *testing.T, page string, line, column int, problem string) {
	t.Helper()
	d := readOpenMetrics2(page)
	_, err := familiesIn(d)
	var got *exposition.DecodeError
	if !errors.As(err, &got) {
		t.Fatalf("error %v", err)
	}
	if got.Line != line || got.Column != column || got.Problem() != problem {
		t.Errorf("got %d:%d: %s\nwant %d:%d: %s", got.Line, got.Column, got.Problem(), line, column, problem)
	}
	if _, again := d.Next(); !errors.Is(again, err) {
		t.Errorf("then %v", again)
	}
}

func TestOpenMetrics2DecoderCutShort(t *testing.T) {
	t.Parallel()
	const page = "# TYPE a counter\na 1 st@1 # {} 1 2\n# EOF"
	for end := range page {
		_, err := familiesIn(readOpenMetrics2(page[:end]))
		var got *exposition.DecodeError
		if !errors.As(err, &got) {
			t.Errorf("%q: %v", page[:end], err)
		}
		if strings.HasSuffix(page[:end], "\n") && !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("%q: %v", page[:end], err)
		}
	}
}
