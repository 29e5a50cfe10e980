package exposition_test

import (
	"strings"
	"testing"

	"polymeter.dev/exposition"
	"polymeter.dev/metric"
)

func TestFormatContentType(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		format exposition.Format
		want   string
	}{
		{"zero value", exposition.Format{}, "text/plain; version=0.0.4; charset=utf-8"},
		{"text", exposition.FormatText(), "text/plain; version=0.0.4; charset=utf-8"},
		{"text 1.0.0", exposition.FormatText100(), "text/plain; version=1.0.0; charset=utf-8; escaping=allow-utf-8"},
		{
			"text 1.0.0 underscores",
			exposition.Format{Version: exposition.TextVersion100},
			"text/plain; version=1.0.0; charset=utf-8; escaping=underscores",
		},
		{
			"text 0.0.4 with an escaping that was asked for",
			exposition.Format{Version: exposition.TextVersion004, Escaping: metric.Values},
			"text/plain; version=0.0.4; charset=utf-8; escaping=values",
		},
		{
			"openmetrics",
			exposition.FormatOpenMetrics(),
			"application/openmetrics-text; version=1.0.0; charset=utf-8; escaping=allow-utf-8",
		},
		{
			"openmetrics without version",
			exposition.Format{Syntax: exposition.OpenMetrics, Escaping: metric.Dots},
			"application/openmetrics-text; version=1.0.0; charset=utf-8; escaping=dots",
		},
		{
			"openmetrics draft",
			exposition.Format{Syntax: exposition.OpenMetrics, Version: exposition.OpenMetricsVersion001},
			"application/openmetrics-text; version=0.0.1; charset=utf-8",
		},
		{
			"openmetrics 2",
			exposition.FormatOpenMetrics2(),
			"application/openmetrics-text; version=2.0.0; charset=utf-8; escaping=allow-utf-8",
		},
		{
			"protobuf",
			exposition.FormatProtobuf(),
			"application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited; escaping=allow-utf-8",
		},
		{"json", exposition.FormatJSON(), "application/x-ndjson; charset=utf-8"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if got := test.format.ContentType(); got != test.want {
				t.Errorf("ContentType() = %q, want %q", got, test.want)
			}
		})
	}
}

func TestParseFormat(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"text", "openmetrics", "openmetrics2", "protobuf", "json"} {
		f, err := exposition.ParseFormat(name)
		if err != nil || f.String() != name {
			t.Errorf("ParseFormat(%q) = %v, %v", name, f, err)
		}
		if f.Escaping != metric.AllowUTF8 {
			t.Errorf("ParseFormat(%q) changes names: escaping %v", name, f.Escaping)
		}
	}
	for _, name := range []string{"", "Text", "prometheus", "auto"} {
		f, err := exposition.ParseFormat(name)
		if err == nil || !strings.HasPrefix(err.Error(), "exposition: ") {
			t.Errorf("ParseFormat(%q) = %v, %v, want an error of this package", name, f, err)
		}
	}
	if got := exposition.Syntax(99).String(); got != "invalid" {
		t.Errorf("Syntax(99) = %q", got)
	}
}
