package scrape_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/config"

	"polymeter.dev/exposition"
	"polymeter.dev/interop/corpus"
	"polymeter.dev/interop/promread"
	"polymeter.dev/metric"
)

// The Accept headers of the releases of Prometheus.
const (
	accept25       = `application/openmetrics-text; version=0.0.1,text/plain;version=0.0.4;q=0.5,*/*;q=0.1`
	accept234      = `application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1`
	accept249      = `application/openmetrics-text;version=1.0.0;q=0.5,application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2`
	accept249Proto = `application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited;q=0.5,application/openmetrics-text;version=1.0.0;q=0.4,application/openmetrics-text;version=0.0.1;q=0.3,text/plain;version=0.0.4;q=0.2,*/*;q=0.1`
	accept300      = `application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,application/openmetrics-text;version=0.0.1;escaping=allow-utf-8;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;escaping=allow-utf-8;q=0.3,*/*;q=0.2`
	accept321      = `application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,application/openmetrics-text;version=0.0.1;escaping=allow-utf-8;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;escaping=allow-utf-8;q=0.3,*/*;q=0.2`
	accept321Proto = `application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited;escaping=allow-utf-8;q=0.6,application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,application/openmetrics-text;version=0.0.1;escaping=allow-utf-8;q=0.4,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.3,text/plain;version=0.0.4;escaping=allow-utf-8;q=0.2,*/*;q=0.1`
	accept304      = `application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2`
	accept304Proto = `application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited;q=0.6,application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.3,text/plain;version=0.0.4;q=0.2,*/*;q=0.1`
)

var (
	textFirst  = []config.ScrapeProtocol{config.OpenMetricsText1_0_0, config.OpenMetricsText0_0_1, config.PrometheusText1_0_0, config.PrometheusText0_0_4}
	protoFirst = append([]config.ScrapeProtocol{config.PrometheusProto}, textFirst...)
)

// TestHeadersOfReleases has the scraper get what every release of Prometheus
// would have got, and compares what it stores with what was collected.
func TestHeadersOfReleases(t *testing.T) {
	t.Parallel()
	legacy := exposition.Format{Syntax: exposition.OpenMetrics, Version: exposition.OpenMetricsVersion001}
	openMetrics := exposition.Format{Syntax: exposition.OpenMetrics, Version: exposition.OpenMetricsVersion100}
	utf8 := openMetrics
	utf8.Escaping = metric.AllowUTF8
	tests := []struct {
		name, accept string
		want         exposition.Format
	}{
		{"2.5", accept25, legacy},
		{"2.34", accept234, openMetrics},
		{"2.49", accept249, openMetrics},
		{"2.49 protobuf", accept249Proto, exposition.Format{Syntax: exposition.Protobuf}},
		{"3.0", accept300, utf8},
		{"3.2.1", accept321, utf8},
		{"3.2.1 protobuf", accept321Proto, exposition.FormatProtobuf()},
		{"3.4", accept304, utf8},
		{"3.4 protobuf", accept304Proto, exposition.FormatProtobuf()},
		{"none", "*/*", exposition.FormatText()},
	}
	for _, test := range tests {
		for _, encoding := range []string{"gzip", "identity"} {
			t.Run(test.name+" "+encoding, func(t *testing.T) {
				t.Parallel()
				compare(t, scraping{protocols: textFirst, accept: test.accept, encoding: encoding}, test.want)
			})
		}
	}
}

// TestScrapeProtocols has the scraper ask by itself, for every protocol and
// escaping that its configuration knows.
func TestScrapeProtocols(t *testing.T) {
	t.Parallel()
	protocols := map[config.ScrapeProtocol]exposition.Format{
		config.PrometheusProto:      {Syntax: exposition.Protobuf},
		config.OpenMetricsText1_0_0: {Syntax: exposition.OpenMetrics, Version: exposition.OpenMetricsVersion100},
		config.OpenMetricsText2_0_0: {Syntax: exposition.OpenMetrics2, Version: exposition.OpenMetricsVersion200},
		config.PrometheusText1_0_0:  {Version: exposition.TextVersion100},
		config.PrometheusText0_0_4:  {Version: exposition.TextVersion004},
	}
	for protocol, format := range protocols {
		for escaping := range promread.Schemes {
			format := format
			format.Escaping = escaping
			list := []config.ScrapeProtocol{protocol}
			if protocol == config.PrometheusText0_0_4 || protocol == config.PrometheusProto {
				// Prometheus does not say the escaping in these clauses.
				if escaping != metric.Underscores {
					continue
				}
			}
			t.Run(string(protocol)+" "+escaping.String(), func(t *testing.T) {
				t.Parallel()
				got := compare(t, scraping{protocols: list, escaping: escaping.String(), encoding: "gzip"}, format)
				if !strings.HasPrefix(got.accept, config.ScrapeProtocolsHeaders[protocol]) {
					t.Errorf("Accept = %q", got.accept)
				}
			})
		}
	}
	for name, s := range map[string]scraping{
		"classic and native": {protocols: protoFirst, classic: true},
		"classic":            {protocols: protoFirst, noNative: true},
		"zstd":               {protocols: protoFirst, encoding: "zstd"},
		"default":            {protocols: protoFirst},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			compare(t, s, exposition.FormatProtobuf())
		})
	}
}

// compare scrapes the corpus.
func compare(t *testing.T, s scraping, format exposition.Format) exchange {
	t.Helper()
	families := current()
	got, exchange := scrapeOnce(t, corpus.Collector(families), s)
	if want := format.ContentType(); exchange.contentType != want {
		t.Errorf("Content-Type = %q, want %q", exchange.contentType, want)
	}
	if want := strings.TrimPrefix(s.encoding, "identity"); s.encoding != "" && exchange.contentEncoding != want {
		t.Errorf("Content-Encoding = %q, want %q", exchange.contentEncoding, want)
	}
	want := expected(families, s, format)
	if diff := cmp.Diff(want.Points, got.Points); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	return exchange
}

// current returns the corpus with timestamps of today, without the family that
// has two points of one series: Prometheus stores no old samples.
func current() []corpus.Family {
	now := time.Now().UnixMilli() - 1
	var families []corpus.Family
	for _, f := range corpus.Families(false) {
		if f.Name == "points" {
			continue
		}
		for i := range f.Points {
			if p := &f.Points[i]; p.Time != 0 {
				p.Time = now
			}
		}
		families = append(families, f)
	}
	return families
}

// expected is what Prometheus must have stored.
func expected(families []corpus.Family, s scraping, format exposition.Format) promread.Page {
	scheme := promread.Schemes[format.Escaping]
	composite := format.Syntax == exposition.Protobuf || format.Syntax == exposition.OpenMetrics2
	view := corpus.View{
		Escape:       func(name string) string { return model.EscapeName(name, scheme) },
		Metadata:     format.Syntax != exposition.Text,
		Strict:       format.Syntax == exposition.OpenMetrics,
		Lines:        !composite,
		AllExemplars: format.Syntax == exposition.OpenMetrics2,
		PlainGauge:   format.Syntax == exposition.Protobuf,
	}
	page := promread.NewPage()
	for i := range families {
		f := &families[i]
		switch {
		case !composite:
			page.Lines(promread.AsWritten(format, f.Lines(view)))
		case s.noNative:
			page.Lines(f.WithoutNativeExemplars().Lines(view))
		default:
			page.Natives(f, view)
			if s.classic {
				page.Lines(f.OnlyBoth().Lines(view))
			}
			native := view
			native.Native = true
			page.Lines(f.Lines(native))
		}
	}
	return page
}
