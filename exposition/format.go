package exposition

import (
	"fmt"
	"strings"

	"polymeter.dev/metric"
)

// Syntax is the grammar of a page: what its bytes look like, leaving aside
// versions and escaping.
type Syntax uint8

// The syntaxes. The zero value is Text, which every scraper reads.
const (
	// Text is the Prometheus text format, versions 0.0.4 and 1.0.0
	// (https://prometheus.io/docs/instrumenting/exposition_formats/).
	Text Syntax = iota
	// OpenMetrics is OpenMetrics text 1.0.0, also given to readers of its
	// draft 0.0.1 (https://prometheus.io/docs/specs/om/open_metrics_spec/).
	OpenMetrics
	// OpenMetrics2 is OpenMetrics text 2.0.0
	// (https://prometheus.io/docs/specs/om/open_metrics_spec_2_0/).
	OpenMetrics2
	// Protobuf is a sequence of length-delimited messages
	// io.prometheus.client.MetricFamily.
	Protobuf
	// JSON is one JSON object a line for each family.
	JSON
)

var syntaxNames = [...]string{
	Text:         "text",
	OpenMetrics:  "openmetrics",
	OpenMetrics2: "openmetrics2",
	Protobuf:     "protobuf",
	JSON:         "json",
}

// String returns the name of the syntax on a command line, such as
// "openmetrics2".
func (s Syntax) String() string {
	if int(s) < len(syntaxNames) {
		return syntaxNames[s]
	}
	return "invalid"
}

// The versions of [Format]. Protobuf and JSON have none.
const (
	TextVersion004        = "0.0.4"
	TextVersion100        = "1.0.0"
	OpenMetricsVersion001 = "0.0.1"
	OpenMetricsVersion100 = "1.0.0"
	OpenMetricsVersion200 = "2.0.0"
)

// Media types of the formats as they are sent, without the escaping parameter;
// [Format.ContentType] adds that.
const (
	ContentTypeText           = "text/plain; version=0.0.4; charset=utf-8"
	ContentTypeText100        = "text/plain; version=1.0.0; charset=utf-8"
	ContentTypeOpenMetrics001 = "application/openmetrics-text; version=0.0.1; charset=utf-8"
	ContentTypeOpenMetrics    = "application/openmetrics-text; version=1.0.0; charset=utf-8"
	ContentTypeOpenMetrics2   = "application/openmetrics-text; version=2.0.0; charset=utf-8"
	ContentTypeProtobuf       = "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited"
	ContentTypeJSON           = "application/x-ndjson; charset=utf-8"
)

// Format is everything that determines the bytes of a page: the syntax, its
// version, and how names outside the legacy grammar are shown. Formats may be
// compared with ==. The zero value stands for Prometheus text 0.0.4.
type Format struct {
	Syntax Syntax
	// Version is one of the version constants of the syntax; "" means the
	// oldest version that is not a draft: 0.0.4 for Text, 1.0.0 for
	// OpenMetrics, 2.0.0 for OpenMetrics2.
	Version  string
	Escaping metric.Escaping
}

// FormatText returns Prometheus text 0.0.4 with escaping to underscores, the
// format that every scraper reads.
func FormatText() Format { return Format{Text, TextVersion004, metric.Underscores} }

// FormatText100 returns Prometheus text 1.0.0, which shows UTF-8 names as they
// are.
func FormatText100() Format { return Format{Text, TextVersion100, metric.AllowUTF8} }

// FormatOpenMetrics returns OpenMetrics 1.0.0, with UTF-8 names as they are.
func FormatOpenMetrics() Format {
	return Format{OpenMetrics, OpenMetricsVersion100, metric.AllowUTF8}
}

// FormatOpenMetrics2 returns OpenMetrics 2.0.0, with UTF-8 names as they are.
func FormatOpenMetrics2() Format {
	return Format{OpenMetrics2, OpenMetricsVersion200, metric.AllowUTF8}
}

// FormatProtobuf returns delimited protobuf messages, with UTF-8 names as they
// are.
func FormatProtobuf() Format { return Format{Protobuf, "", metric.AllowUTF8} }

// FormatJSON returns one JSON object a line, with UTF-8 names as they are.
func FormatJSON() Format { return Format{JSON, "", metric.AllowUTF8} }

// ParseFormat returns the format with the given name on a command line: one of
// "text", "openmetrics", "openmetrics2", "protobuf" and "json". The result
// changes no name, so "text" gives version 1.0.0; set Escaping for a reader
// that needs legacy names.
func ParseFormat(name string) (Format, error) {
	switch name {
	case "text":
		return FormatText100(), nil
	case "openmetrics":
		return FormatOpenMetrics(), nil
	case "openmetrics2":
		return FormatOpenMetrics2(), nil
	case "protobuf":
		return FormatProtobuf(), nil
	case "json":
		return FormatJSON(), nil
	}
	return Format{}, fmt.Errorf("exposition: format %q is not one of %s", name, strings.Join(syntaxNames[:], ", "))
}

// String returns the name of the format on a command line, which is that of
// its syntax. [Format.ContentType] is more precise.
func (f Format) String() string { return f.Syntax.String() }

// ContentType returns the value of the Content-Type header for a page in this
// format. It says how names are escaped from version 1.0.0 on and wherever they
// are escaped other than by default
// (https://prometheus.io/docs/instrumenting/content_negotiation/). The type of
// JSON has no such parameter.
func (f Format) ContentType() string {
	base, always := f.mediaType()
	if f.Syntax == JSON || (f.Escaping == metric.Underscores && !always) {
		return base
	}
	return base + "; escaping=" + f.Escaping.String()
}

// mediaType returns the content type without escaping, and whether the
// escaping parameter belongs to it even when it has its default value.
func (f Format) mediaType() (base string, always bool) {
	switch f.Syntax {
	case OpenMetrics:
		if f.Version == OpenMetricsVersion001 {
			return ContentTypeOpenMetrics001, false
		}
		return ContentTypeOpenMetrics, true
	case OpenMetrics2:
		return ContentTypeOpenMetrics2, true
	case Protobuf:
		return ContentTypeProtobuf, true
	case JSON:
		return ContentTypeJSON, false
	}
	if f.Version == TextVersion100 {
		return ContentTypeText100, true
	}
	return ContentTypeText, false
}
