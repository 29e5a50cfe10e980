package exposition_test

import (
	"fmt"
	"strings"
	"testing"

	"polymeter.dev/exposition"
	"polymeter.dev/metric"
)

var (
	text004       = exposition.FormatText()
	text100       = exposition.FormatText100()
	openMetrics   = exposition.FormatOpenMetrics()
	openMetrics2  = exposition.FormatOpenMetrics2()
	protobuf      = exposition.FormatProtobuf()
	jsonFormat    = exposition.FormatJSON()
	openMetrics01 = exposition.Format{Syntax: exposition.OpenMetrics, Version: exposition.OpenMetricsVersion001}
)

func escaped(f exposition.Format, e metric.Escaping) exposition.Format {
	f.Escaping = e
	return f
}

const (
	protobufClause = "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited"
	omClause       = "application/openmetrics-text;version=1.0.0"
	utf8           = ";escaping=allow-utf-8"
)

// The headers that the generations of Prometheus send by default.
const (
	accept2_5  = "application/openmetrics-text; version=0.0.1,text/plain;version=0.0.4;q=0.5,*/*;q=0.1"
	accept2_34 = omClause + ",application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1"
	accept2_49 = omClause + ";q=0.5,application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2"
	accept3_0  = omClause + utf8 + ";q=0.6,application/openmetrics-text;version=0.0.1" + utf8 + ";q=0.5," +
		"text/plain;version=1.0.0" + utf8 + utf8 + ";q=0.4,text/plain;version=0.0.4" + utf8 + ";q=0.3,*/*;q=0.2"
	accept3_4 = omClause + utf8 + ";q=0.6,application/openmetrics-text;version=0.0.1;q=0.5," +
		"text/plain;version=1.0.0" + utf8 + ";q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2"

	protobuf2_49 = protobufClause + ";q=0.5," + omClause + ";q=0.4,application/openmetrics-text;version=0.0.1;q=0.3,text/plain;version=0.0.4;q=0.2,*/*;q=0.1"
	protobuf3_0  = protobufClause + utf8 + ";q=0.6," + omClause + utf8 + ";q=0.5,application/openmetrics-text;version=0.0.1" + utf8 + ";q=0.4," +
		"text/plain;version=1.0.0" + utf8 + utf8 + ";q=0.3,text/plain;version=0.0.4" + utf8 + ";q=0.2,*/*;q=0.1"
	protobuf3_4 = protobufClause + ";q=0.6," + omClause + utf8 + ";q=0.5,application/openmetrics-text;version=0.0.1;q=0.4," +
		"text/plain;version=1.0.0" + utf8 + ";q=0.3,text/plain;version=0.0.4;q=0.2,*/*;q=0.1"
)

// TestNegotiatePrometheus answers every generation of Prometheus with all
// formats on offer, and with text only.
func TestNegotiatePrometheus(t *testing.T) {
	t.Parallel()
	underscores := metric.Underscores
	tests := []struct {
		name, accept   string
		want, textOnly exposition.Format
	}{
		{"2.5 to 2.33", accept2_5, openMetrics01, text004},
		{"2.34 to 2.48", accept2_34, escaped(openMetrics, underscores), text004},
		{"2.49 to 2.55", accept2_49, escaped(openMetrics, underscores), text004},
		{"2.49 to 2.55 protobuf first", protobuf2_49, escaped(protobuf, underscores), text004},
		{"3.0 to 3.3", accept3_0, openMetrics, text100},
		{"3.0 to 3.3 protobuf first", protobuf3_0, protobuf, text100},
		{"3.4 and later", accept3_4, openMetrics, text100},
		{"3.4 and later protobuf first", protobuf3_4, protobuf, text100},
		{
			"3.4 and later protobuf first, configured for underscores",
			strings.ReplaceAll(protobuf3_4, "allow-utf-8", "underscores"),
			escaped(protobuf, underscores), escaped(text100, underscores),
		},
		{
			"documentation page with a mangled catch-all",
			strings.ReplaceAll(accept3_4, "*/*", "/"), openMetrics, text100,
		},
	}
	textOnly := &exposition.Offer{Syntaxes: []exposition.Syntax{exposition.Text}}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if got := exposition.Negotiate(test.accept, nil); got != test.want {
				t.Errorf("all offered: got %+v, want %+v", got, test.want)
			}
			if got := exposition.Negotiate(test.accept, textOnly); got != test.textOnly {
				t.Errorf("text offered: got %+v, want %+v", got, test.textOnly)
			}
		})
	}
}

func TestNegotiate(t *testing.T) {
	t.Parallel()
	om := escaped(openMetrics, metric.Underscores)
	tests := []struct {
		name, accept string
		want         exposition.Format
	}{
		{"absent", "", text004},
		{"curl", "*/*", text004},
		{"browser", "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8", text004},
		{"java", "text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2", text004},
		{"text range", "text/*", text004},
		{"application range", "application/*", om},
		{"nothing on offer", "image/png", text004},
		{"upper case", "TEXT/Plain;VERSION=1.0.0;Escaping=dots", escaped(text100, metric.Dots)},
		{"blanks everywhere", " application/openmetrics-text ;\tversion = 1.0.0 ; q = 1 ", om},

		{"highest weight wins over order", "text/plain;version=0.0.4;q=0.4," + omClause + ";q=0.5", om},
		{"equal weights keep the client's order", omClause + ",text/plain;version=0.0.4", om},
		{"equal weights keep the client's order, reversed", "text/plain;version=0.0.4," + omClause, text004},
		{"wildcard first of equals", "*/*," + omClause, text004},
		{"weight of a named type overrides the wildcard's", "text/plain;q=0.1,application/openmetrics-text;q=0.2,*/*", om},
		{"wildcard preferred to a named type", "text/plain;q=0.1,*/*;q=0.9", om},
		{"wildcard preferred to a named version", "text/plain;version=0.0.4;q=0.1,*/*;q=0.9", om},
		{"small weight is not zero", omClause + ";q=0.0001", om},
		{"weight above one counts as one", "text/plain," + omClause + ";q=7", text004},
		{"weight without a leading digit", "text/plain;q=.5," + omClause + ";q=.6", om},
		{"quoted weight", "text/plain;q=\"0.9\"," + omClause + ";q=0.8", text004},
		{"weight before version", "application/openmetrics-text;q=0.9;version=1.0.0,text/plain;q=0.1", om},

		{"zero refuses", omClause + ";q=0,text/plain;version=1.0.0;q=0.1", escaped(text100, metric.Underscores)},
		{"zero refuses with decimals", omClause + ";q=0.000", text004},
		{"zero on a version refuses that version", "text/plain;version=0.0.4;q=0,text/plain", escaped(text100, metric.Underscores)},
		{"zero on a type refuses all its versions", "text/plain;q=0,*/*", om},
		{"zero on a range refuses its types", "text/*;q=0,*/*;q=0.1", om},
		{"zero for everything falls back", "*/*;q=0", text004},
		{"zero on the wildcard leaves the named", "*/*;q=0," + omClause + ";q=0.1", om},

		{"wildcard never gives protobuf", "application/*;q=0.9,text/plain;q=0,application/openmetrics-text;q=0", text004},
		{"protobuf by name", protobufClause, escaped(protobuf, metric.Underscores)},
		{"protobuf with quoted parameters", `application/vnd.google.protobuf;proto="io.prometheus.client.MetricFamily";encoding="delimited"`, escaped(protobuf, metric.Underscores)},
		{"protobuf of another message", "application/vnd.google.protobuf;proto=x.Y;encoding=delimited,*/*;q=0.1", text004},
		{"protobuf in another encoding", "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=text", text004},
		{"protobuf without parameters", "application/vnd.google.protobuf", text004},
		{"protobuf refused", protobufClause + ";q=0," + omClause + ";q=0.2", om},

		{"text without version", "text/plain", text004},
		{"text of unknown version", "text/plain;version=3.0.0", text004},
		{"openmetrics without version", "application/openmetrics-text", om},
		{"quoted version", `application/openmetrics-text;version="1.0.0"`, om},
		{"quoted version with a backslash", `application/openmetrics-text;version="1\.0.0"`, om},
		{"version that is none", "application/openmetrics-text;version=1.x,text/plain;q=0.1", text004},
		{"empty version", "application/openmetrics-text;version=", om},
		{"openmetrics 2", "application/openmetrics-text;version=2.0.0" + utf8, openMetrics2},
		{"openmetrics 2 preferred to 1", omClause + ";q=0.5,application/openmetrics-text;version=2.0.0;q=0.6", escaped(openMetrics2, metric.Underscores)},
		{"unknown openmetrics version", "application/openmetrics-text;version=99.0.0", text004},
		{"unknown openmetrics version beside 1", "application/openmetrics-text;version=3.0.0," + omClause + ";q=0.5,text/plain;q=0.1", om},
		{"type refused, version allowed", "application/openmetrics-text;q=0," + omClause + ";q=0.1,text/plain;q=0.01", om},

		{"json", "application/json", jsonFormat},
		{"json lines", "application/x-ndjson;q=0.5,text/plain;q=0.4", jsonFormat},

		{"escaping unknown", "text/plain;version=1.0.0;escaping=rot13", escaped(text100, metric.Underscores)},
		{"escaping dots", omClause + ";escaping=dots", escaped(openMetrics, metric.Dots)},
		{"escaping values", omClause + ";escaping=values", escaped(openMetrics, metric.Values)},
		{"escaping quoted", omClause + `;escaping="allow-utf-8"`, openMetrics},
		{"escaping followed by a comma", omClause + ";escaping=allow-utf-8,", openMetrics},
		{"escaping followed by another clause", omClause + ";escaping=allow-utf-8,text/plain;q=0.5", openMetrics},
		{"escaping asked of 0.0.4", "text/plain;version=0.0.4" + utf8, escaped(text004, metric.AllowUTF8)},
		{"escaping not inherited from an earlier clause", "text/plain;version=1.0.0" + utf8 + ";q=0.1,text/plain;version=0.0.4;q=0.9", text004},
		{"escaping not inherited from a better clause", "image/png" + utf8 + "," + omClause + ";q=0.5", om},
		{"escaping of protobuf's own clause", protobufClause + ";escaping=dots," + omClause + utf8 + ";q=0.5", escaped(protobuf, metric.Dots)},
		{"escaping of protobuf from the most preferred", protobufClause + "," + omClause + ";escaping=values;q=0.4,text/plain;version=1.0.0" + utf8 + ";q=0.5", protobuf},
		{"escaping of protobuf not from a refused clause", protobufClause + "," + omClause + utf8 + ";q=0", escaped(protobuf, metric.Underscores)},

		{"malformed weight voids its clause", omClause + ";q=high,text/plain;q=0.1", text004},
		{"not a number", omClause + ";q=NaN", text004},
		{"negative weight", omClause + ";q=-1", text004},
		{"hexadecimal weight", omClause + ";q=0x1p3", text004},
		{"empty weight", omClause + ";q=", text004},
		{"two points", omClause + ";q=0.5.5", text004},
		{"only separators", ";,;=,,;;q=1,=", text004},
		{"comma and weight inside a quoted string", `application/openmetrics-text;x="a,text/plain;q=0";version=1.0.0;q=0.5`, om},
		{"unterminated quoted string", `text/plain;q=0.5,application/openmetrics-text;x="abc,text/plain;version=1.0.0`, om},
		{"trailing backslash", `text/plain;version="1.0.0\`, text004},
		{"control bytes", "text/plain\x00;version=1.0.0\r\n", text004},
		{"too long", omClause + strings.Repeat(",", 1<<14), text004},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if got := exposition.Negotiate(test.accept, nil); got != test.want {
				t.Errorf("Negotiate(%.200q) = %+v, want %+v", test.accept, got, test.want)
			}
		})
	}
}

func TestNegotiateOffer(t *testing.T) {
	t.Parallel()
	everything := protobufClause + ",application/openmetrics-text;version=2.0.0;q=0.9," + omClause + ";q=0.8,application/json;q=0.7,text/plain;q=0.6"
	tests := []struct {
		name  string
		offer *exposition.Offer
		want  exposition.Syntax
	}{
		{"nil", nil, exposition.Protobuf},
		{"zero", &exposition.Offer{}, exposition.Protobuf},
		{"openmetrics 2", &exposition.Offer{Syntaxes: []exposition.Syntax{exposition.OpenMetrics, exposition.OpenMetrics2}}, exposition.OpenMetrics2},
		{"openmetrics", &exposition.Offer{Syntaxes: []exposition.Syntax{exposition.OpenMetrics}}, exposition.OpenMetrics},
		{"json", &exposition.Offer{Syntaxes: []exposition.Syntax{exposition.JSON}}, exposition.JSON},
		{"text", &exposition.Offer{Syntaxes: []exposition.Syntax{exposition.Text}}, exposition.Text},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if got := exposition.Negotiate(everything, test.offer); got.Syntax != test.want {
				t.Errorf("got %v, want %v", got, test.want)
			}
		})
	}
}

func TestNegotiateVersion2IsNeverImplied(t *testing.T) {
	t.Parallel()
	offer := &exposition.Offer{Syntaxes: []exposition.Syntax{exposition.OpenMetrics2}}
	for _, accept := range []string{"application/openmetrics-text", "application/*", omClause} {
		if got := exposition.Negotiate(accept, offer); got != text004 {
			t.Errorf("Negotiate(%q) = %+v", accept, got)
		}
	}
}

func FuzzNegotiate(f *testing.F) {
	for _, accept := range []string{
		"", "*/*", accept2_5, accept2_34, accept2_49, accept3_0, accept3_4, protobuf2_49, protobuf3_0, protobuf3_4,
		"application/json", `text/plain;version="1\.0\.0";q=0`, `a;b="c,d;e`, ";,;=,,", "application/openmetrics-text;version=2.0.0;q=.5",
		"*/*;q=0,text/*;q=0.1", "application/*;q=1.0;q=0, application/x-ndjson;q=1e0", omClause + ";escaping=dots;escaping=values",
		"TEXT/PLAIN ; Version=1.0.0 ; Escaping=values", "application/openmetrics-text\t;\tq=0.001", "application/*;escaping=allow-utf-8",
	} {
		f.Add(accept, uint8(0))
		f.Add(accept, uint8(2))
		f.Add(accept, uint8(5))
	}
	f.Fuzz(func(t *testing.T, accept string, only uint8) {
		offer := &exposition.Offer{}
		if only %= 6; only < 5 {
			offer.Syntaxes = []exposition.Syntax{exposition.Syntax(only)}
		}
		got := exposition.Negotiate(accept, offer)
		if only < 5 && got.Syntax != exposition.Text && got.Syntax != exposition.Syntax(only) {
			t.Errorf("Negotiate(%q) = %v, which was not offered", accept, got)
		}
		checkNamed(t, accept, got)
		again := exposition.Negotiate(got.ContentType(), nil)
		if got.Syntax == exposition.JSON {
			again.Escaping = got.Escaping
		}
		if again != got {
			t.Errorf("asking for %q gives %+v, not %+v", got.ContentType(), again, got)
		}
		if len(accept) > 1<<10 {
			return // what follows may exceed the limit
		}
		same := []string{" \t" + accept, "," + accept, "image/png;q=0.9;escaping=," + accept, `a;b=",\",",` + accept}
		if !strings.ContainsAny(accept, `"\`) { // or else a string may go on
			same = append(same, accept+","+accept, accept+", */*;q=0.0, image/png", strings.ReplaceAll(accept, ",", " ,, "))
		}
		for _, other := range same {
			if again := exposition.Negotiate(other, offer); again != got {
				t.Errorf("Negotiate(%q) = %+v, but %q gives %+v", accept, got, other, again)
			}
		}
	})
}

// checkNamed checks that a header has what must be asked for by name.
func checkNamed(t *testing.T, accept string, got exposition.Format) {
	t.Helper()
	plain := strings.ReplaceAll(strings.ToLower(accept), `\`, "") // which may be in strings
	named := func(name string) bool { return strings.Contains(plain, name) }
	asked := true
	switch got.Syntax {
	case exposition.Protobuf:
		asked = named("vnd.google.protobuf") && named("metricfamily") && named("delimited")
	case exposition.OpenMetrics2:
		asked = named("openmetrics-text") && named("2.0.0")
	case exposition.OpenMetrics:
		asked = named("openmetrics-text") || named("*")
	case exposition.JSON:
		asked = named("application/json") || named("application/x-ndjson")
	case exposition.Text:
		asked = got.Version == exposition.TextVersion004 || named("text/plain")
	}
	if !asked {
		t.Errorf("Negotiate(%q) = %+v, which was not asked for", accept, got)
	}
	if got.Escaping != metric.Underscores && got.Syntax != exposition.JSON && !named("escaping") {
		t.Errorf("Negotiate(%q) = %+v, escaped as nobody asked for", accept, got)
	}
}

// TestNegotiateAllocations keeps a hostile header from costing memory: quoted
// strings apart, parsing allocates only for upper-case letters.
func TestNegotiateAllocations(t *testing.T) {
	if n := testing.AllocsPerRun(100, func() { exposition.Negotiate(protobuf3_4, nil) }); n > 0 {
		t.Errorf("Negotiate allocates %v times", n)
	}
}

func ExampleNegotiate() {
	accept := "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,text/plain;version=0.0.4;q=0.3,*/*;q=0.2"
	format := exposition.Negotiate(accept, nil)
	fmt.Println(format)
	fmt.Println(format.ContentType())
	// Output:
	// openmetrics
	// application/openmetrics-text; version=1.0.0; charset=utf-8; escaping=allow-utf-8
}
