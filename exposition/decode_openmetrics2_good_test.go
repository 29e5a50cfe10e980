package exposition_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const wholePage = `# TYPE acme_http_router_request_seconds summary
# UNIT acme_http_router_request_seconds seconds
# HELP acme_http_router_request_seconds Latency though all of ACME's HTTP request router.
acme_http_router_request_seconds{path="/api/v1",method="GET"} {count:807283,sum:9036.32,quantile:[0.95:2,0.99:20]} st@1605281325.0
acme_http_router_request_seconds{path="/api/v2",method="GET"} {count:34,sum:479.3,quantile:[0.95:2.5,0.99:2.9]} st@1605301325.0
# TYPE go_goroutines gauge
# HELP go_goroutines Number of goroutines that currently exist.
go_goroutines 69
# TYPE process_cpu_seconds_total counter
# UNIT process_cpu_seconds_total seconds
# HELP process_cpu_seconds_total Total user and system CPU time spent in seconds.
process_cpu_seconds_total 4.20072246e+06
# TYPE acme_http_request_seconds histogram
# UNIT acme_http_request_seconds seconds
# HELP acme_http_request_seconds Latency histogram of all of ACME's HTTP requests.
acme_http_request_seconds{path="/api/v1",method="GET"} {count:2,sum:1.2e2,schema:0,zero_threshold:1e-4,zero_count:0,positive_spans:[1:2],positive_buckets:[1,1],bucket:[0.5:1,1:2,+Inf:2]} st@1605301325.0
# TYPE acme_http_request_seconds:rate5m gaugehistogram
acme_http_request_seconds:rate5m{path="/api/v1",method="GET"} {gcount:0.01,gsum:2.0,schema:0,zero_threshold:1e-4,zero_count:0.0,positive_spans:[1:2],positive_buckets:[0.005,0.005]}
# TYPE "foodb.read.errors" counter
# HELP "foodb.read.errors" The number of errors in the read path for fooDb.
{"foodb.read.errors","service.name"="my_service"} 3482
`

// wholePageAgain is the same with sorted labels and the numbers of this module.
var wholePageAgain = strings.NewReplacer(
	`path="/api/v1",method="GET"`, `method="GET",path="/api/v1"`,
	`path="/api/v2",method="GET"`, `method="GET",path="/api/v2"`,
	"5.0\n", "5\n", "1.2e2", "120", "1e-4", "0.0001", ",1:2,", ",1.0:2,", "gsum:2.0", "gsum:2", "zero_count:0.0", "zero_count:0",
).Replace(wholePage)

// TestOpenMetrics2DecoderGood reads pages that are as they should be, or of which
// only exemplars and units are left out, and shows how they are written again.
func TestOpenMetrics2DecoderGood(t *testing.T) {
	t.Parallel()
	const same = "" // as a page
	tests := []struct {
		name, page, want string
		exemplars, units int // that are left out
	}{
		// Lines.
		{"nothing", "", same, 0, 0},
		{"no line feed at the end", "# TYPE a gauge\na 1\n# EOF", "# TYPE a gauge\na 1\n", 0, 0},
		{"no metadata", "a 1\nb{c=\"d\"} 2\n", "# TYPE a unknown\na 1\n# TYPE b unknown\nb{c=\"d\"} 2\n", 0, 0},
		{"names that version 1.0 would not have", "# TYPE foo_seconds_total counter\nfoo_seconds_total 1\nfoo_milliseconds_total 2\nfoo_count 3\n", "# TYPE foo_seconds_total counter\nfoo_seconds_total 1\n# TYPE foo_milliseconds_total unknown\nfoo_milliseconds_total 2\n# TYPE foo_count unknown\nfoo_count 3\n", 0, 0},
		{"empty braces", "# TYPE a gauge\na{} 1\n", "# TYPE a gauge\na 1\n", 0, 0},
		{"NUL and a carriage return in strings", "# TYPE a gauge\n# HELP a x\ry\x00\r\na{b=\"\r\x00\"} 1\n", same, 0, 0},

		// Metadata.
		{"any order", "# HELP a_s x\n# UNIT a_s s\n# TYPE a_s gauge\n", "# TYPE a_s gauge\n# UNIT a_s s\n# HELP a_s x\n", 0, 0},
		{"empty unit and help", "# TYPE a gauge\n# UNIT a \n# HELP a \n", "# TYPE a gauge\n", 0, 0},
		{"an empty unit of an info", "# TYPE a_info info\n# UNIT a_info \n", "# TYPE a_info info\n", 0, 0},
		{"blanks in the help", "# TYPE a gauge\n# HELP a  x \n", same, 0, 0},
		{"escapes in the help", `# TYPE a gauge` + "\n" + `# HELP a \\ \" \n \x` + "\n", `# TYPE a gauge` + "\n" + `# HELP a \\ \" \n \\x` + "\n", 0, 0},
		{"a unit that is no suffix", "# TYPE a gauge\n# UNIT a s\na 1\n", "# TYPE a gauge\na 1\n", 0, 1},
		{"a unit before _total", "# TYPE a_s_total counter\n# UNIT a_s_total s\n", same, 0, 0},
		{"all types", "# TYPE a unknown\n# TYPE b gauge\n# TYPE c counter\n# TYPE d stateset\n# TYPE e_info info\n# TYPE f histogram\n# TYPE g gaugehistogram\n# TYPE h summary\n", same, 0, 0},

		// Names and labels.
		{"quoted names", "# TYPE \"a.b\" gauge\n{\"a.b\"} 1\n{\"a.b\",\"c.d\"=\"e\",f=\"g\"} 2\n", same, 0, 0},
		{"needless quotes", "# TYPE \"a\" gauge\n{\"a\",\"b\"=\"c\"} 1\n", "# TYPE a gauge\na{b=\"c\"} 1\n", 0, 0},
		{"the same name with and without quotes", "# TYPE \"a\" gauge\n# HELP a x\na 1\n{\"a\",b=\"c\"} 2\n", "# TYPE a gauge\n# HELP a x\na 1\na{b=\"c\"} 2\n", 0, 0},
		{"escapes in names", "# TYPE \"\\\"\\n\\\\\" gauge\n{\"\\\"\\n\\\\\",\"\\\"\\n\\\\\"=\"\\\"\\n\\\\\"} 1\n", same, 0, 0},
		{"a backslash that escapes nothing", "# TYPE a gauge\na{b=\"\\c\"} 1\n", "# TYPE a gauge\na{b=\"\\\\c\"} 1\n", 0, 0},
		{"unsorted labels", "# TYPE a gauge\na{c=\"1\",b=\"2\",le=\"3\",d=\"\"} 1\n", "# TYPE a gauge\na{b=\"2\",c=\"1\",d=\"\",le=\"3\"} 1\n", 0, 0},
		{"a label with one underscore", "# TYPE a gauge\na{_b=\"__\"} 1\n", same, 0, 0},
		{"colons and underscores in names", "# TYPE :a:b_ gauge\n:a:b_ 1\n# TYPE _c gauge\n_c 1\n", same, 0, 0},
		{"bounds on types that have none", "# TYPE a gauge\na{le=\"1\",quantile=\"2\"} 1\n# TYPE s summary\ns{le=\"1\"} {count:0,sum:0,quantile:[]}\n# TYPE h histogram\nh{quantile=\"1\"} {count:0,sum:0,bucket:[+Inf:0]}\n", same, 0, 0},

		// Values and times.
		{"numbers", "# TYPE a gauge\na{n=\"1\"} +001.50e+1\na{n=\"2\"} .5\na{n=\"3\"} 5.\na{n=\"4\"} -inf\na{n=\"5\"} +Infinity\na{n=\"6\"} nAn\na{n=\"7\"} -1E3\na{n=\"8\"} -0\n", "# TYPE a gauge\na{n=\"1\"} 15\na{n=\"2\"} 0.5\na{n=\"3\"} 5\na{n=\"4\"} -Inf\na{n=\"5\"} +Inf\na{n=\"6\"} NaN\na{n=\"7\"} -1000\na{n=\"8\"} -0\n", 0, 0},
		{"infinite counter", "# TYPE a counter\na +Inf\n", same, 0, 0},
		{"times of any precision", "# TYPE a gauge\na 1 -1.000000001\na 1 1e3\na 1 1520879607.789000001\n", "# TYPE a gauge\na 1 -1.000000001\na 1 1000\na 1 1520879607.789000001\n", 0, 0},
		{"start without timestamp", "# TYPE a counter\na 1 st@-5.5\n", same, 0, 0},
		{"timestamp and start", "# TYPE a summary\na {count:0,sum:0,quantile:[]} 1 st@2\n", same, 0, 0},
		{"start of a histogram", "# TYPE a histogram\na {count:0,sum:0,bucket:[+Inf:0]} st@2 # {} 1 2\n", same, 0, 0},

		// The order of lines.
		{"times ascend", "# TYPE a_info info\na_info 1 1\na_info 1 2\na_info{b=\"c\"} 1 1\n", same, 0, 0},
		{"states one by one", "# TYPE a stateset\na{a=\"x\",e=\"1\"} 1 1\na{a=\"x\",e=\"1\"} 0 2\na{a=\"y\",e=\"1\"} 0 1\na{a=\"y\",e=\"1\"} 1 2\na{a=\"x\",e=\"2\"} 1 1\n", same, 0, 0},
		{"a state set with a quoted name", "# TYPE \"a.b\" stateset\n{\"a.b\",\"a.b\"=\"x\"} 1\n{\"a.b\",\"a.b\"=\"y\"} 1\n", same, 0, 0},

		// Composite values.
		{"unusual numbers", "# TYPE a histogram\na {count:2e0,sum:-.5,bucket:[-Inf:0,-1.:+1,0:1.5,1e1:2,+Inf:2.0]}\n", "# TYPE a histogram\na {count:2,sum:-0.5,bucket:[-Inf:0,-1.0:1,0.0:1.5,10.0:2,+Inf:2]}\n", 0, 0},
		{"sums of any kind", "# TYPE a histogram\na{b=\"1\"} {count:1,sum:NaN,bucket:[+Inf:1]}\na{b=\"2\"} {count:1,sum:+Inf,bucket:[+Inf:1]}\na{b=\"3\"} {count:1,sum:-Inf,bucket:[+Inf:1]}\n", same, 0, 0},
		{"an infinite count", "# TYPE a histogram\na {count:+Inf,sum:0,bucket:[1.0:5,+Inf:+Inf]}\n", same, 0, 0},
		{"native buckets of NaN", "# TYPE a histogram\na {count:3,sum:NaN,schema:-4,zero_threshold:0,zero_count:1,positive_spans:[0:1],positive_buckets:[1]}\n", same, 0, 0},
		{"empty native sides", "# TYPE a histogram\na {count:0,sum:0,schema:+008,zero_threshold:0,zero_count:0,negative_spans:[],negative_buckets:[],positive_spans:[5:0],positive_buckets:[]}\n", "# TYPE a histogram\na {count:0,sum:0,schema:8,zero_threshold:0,zero_count:0}\n", 0, 0},
		{"spans without gaps or buckets", "# TYPE a gaugehistogram\na {gcount:2,gsum:0,schema:0,zero_threshold:0,zero_count:0,negative_spans:[-00:1,+0:0,0:1],negative_buckets:[1,1]}\n", "# TYPE a gaugehistogram\na {gcount:2,gsum:0,schema:0,zero_threshold:0,zero_count:0,negative_spans:[0:1,0:0,0:1],negative_buckets:[1,1]}\n", 0, 0},
		{"composites of unknown type", "# TYPE a unknown\na {count:1,sum:-1,bucket:[+Inf:1]} # {} 1 2\na{b=\"1\"} {count:1,sum:1,quantile:[1.0:1]}\na{b=\"2\"} 1\n", same, 0, 0},
		{"many points", "# TYPE a summary\na {count:0,sum:0,quantile:[0.0:0]} 1\na {count:0,sum:0,quantile:[1.0:NaN]} 2\n", same, 0, 0},

		// Section "Overall Structure".
		{"a whole page", wholePage, wholePageAgain, 0, 0},

		// Exemplars that may be there, or are left out.
		{"many exemplars", "# TYPE a counter\na 1 2 st@1 # {} 1 2 # {b=\"c\",\"d.e\"=\"# {\"} NaN -1.5\n", same, 0, 0},
		{"a long exemplar", "# TYPE a counter\na 1 # {b=\"" + strings.Repeat("x", 500) + "\"} 1 2\n", same, 0, 0},
		{"exemplars of a gauge histogram", "# TYPE a gaugehistogram\na {gcount:1,gsum:1,bucket:[+Inf:1]} 5 # {} 1 2 # {} 1 2\n", same, 0, 0},
		{"exemplars of types without", "# TYPE a gauge\na 1 # {} 1 2 # {} 1 2\n# TYPE b summary\nb {count:0,sum:0,quantile:[]} 1 # {} 1 2\nc 1 # {} 1 2\n", "# TYPE a gauge\na 1\n# TYPE b summary\nb {count:0,sum:0,quantile:[]} 1\n# TYPE c unknown\nc 1\n", 4, 0},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			page, want := test.page, test.want
			if !strings.HasSuffix(page, "# EOF") {
				page += "# EOF\n"
			}
			if want == same {
				want = test.page
			}
			d := readOpenMetrics2(page)
			families, err := familiesIn(d)
			if err != nil {
				t.Fatal(err)
			}
			got := strings.TrimSuffix(encode(t, om2, families...), "# EOF\n")
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
			if d.DroppedExemplars() != test.exemplars || d.DroppedUnits() != test.units {
				t.Errorf("%d exemplars and %d units are dropped", d.DroppedExemplars(), d.DroppedUnits())
			}
		})
	}
}

// TestOpenMetrics2DecoderBadExemplars reads a counter with exemplars of which those
// that are malformed are left out.
func TestOpenMetrics2DecoderBadExemplars(t *testing.T) {
	t.Parallel()
	const good = " # {} 3 4"
	tests := []struct {
		name, exemplars, want string
		dropped               int
	}{
		{"nothing behind #", " #", "", 1},
		{"a blank behind #", " # ", "", 1},
		{"no blank behind #", " #{} 1 2" + good, good, 1},
		{"no labels", " # 1 2" + good, good, 1},
		{"no value", " # {}" + good, good, 1},
		{"no timestamp", " # {} 1" + good, good, 1},
		{"no number", " # {} x 2" + good, good, 1},
		{"a hexadecimal number", " # {} 0x1 2" + good, good, 1},
		{"an infinite timestamp", " # {} 1 inf" + good, good, 1},
		{"a NaN timestamp", " # {} 1 nan", "", 1},
		{"too much", " # {} 1 2 3" + good, good, 1},
		{"a start", " # {} 1 2 st@1" + good, good, 1},
		{"a blank at the end", good + " ", "", 1},
		{"two blanks", " # {}  1 2" + good, good, 1},
		{"two blanks between", " # {} 1 2 " + good, good, 1},
		{"a tab", " # {}\t1 2" + good, good, 1},
		{"a label without value", " # {a} 1 2" + good, good, 1},
		{"a value without quotes", " # {a=b} 1 2" + good, good, 1},
		{"a quote that is not closed", " # {a=\"b} 1 2" + good, "", 1},
		{"a comma before the brace", " # {a=\"b\",} 1 2" + good, good, 1},
		{"a label twice", " # {a=\"b\",a=\"c # {} 1 2\"} 1 2" + good, good, 1},
		{"a name", " # {\"a\",b=\"c\"} 1 2" + good, good, 1},
		{"what looks like one in quotes", " # {a=\"b # {} 1 2\"} bad" + good, good, 1},
		{"what looks like one behind an escape", " # {a=x,b=\"\\\" # {} 1 2\"} 1 2" + good, good, 1},
		{"all of them", " # a # {b} # {}", "", 3},
		{"the second", good + " # {} 1 x" + good, good + good, 1},
		{"the first and last", " # {} 1" + good + " # {} 1", good, 2},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			d := readOpenMetrics2("# TYPE a counter\na 1 5" + test.exemplars + "\na 2 6\n# EOF\n")
			families, err := familiesIn(d)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff("# TYPE a counter\na 1 5"+test.want+"\na 2 6\n# EOF\n", encode(t, om2, families...)); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
			if d.DroppedExemplars() != test.dropped {
				t.Errorf("%d are dropped, not %d", d.DroppedExemplars(), test.dropped)
			}
		})
	}
}
