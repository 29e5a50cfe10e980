package exposition_test

import (
	"bytes"
	"context"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"polymeter.dev/exposition"
	"polymeter.dev/metric"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func TestGolden(t *testing.T) {
	t.Parallel()
	on := &exposition.Options{Created: exposition.On}
	off := &exposition.Options{Created: exposition.Off}
	tests := []struct {
		file    string
		format  exposition.Format
		options *exposition.Options
	}{
		{"text-underscores.txt", exposition.FormatText(), nil},
		{"text-utf8.txt", exposition.FormatText100(), nil},
		{"text-dots.txt", exposition.Format{Escaping: metric.Dots}, nil},
		{"text-values.txt", exposition.Format{Escaping: metric.Values}, nil},
		{"text-created.txt", exposition.FormatText(), on},
		{"openmetrics1-underscores.txt", exposition.Format{Syntax: exposition.OpenMetrics}, nil},
		{"openmetrics1-utf8.txt", exposition.FormatOpenMetrics(), nil},
		{"openmetrics1-dots.txt", exposition.Format{Syntax: exposition.OpenMetrics, Escaping: metric.Dots}, nil},
		{"openmetrics1-values.txt", exposition.Format{Syntax: exposition.OpenMetrics, Escaping: metric.Values}, nil},
		{"openmetrics1-nocreated.txt", exposition.FormatOpenMetrics(), off},
		{"openmetrics2-utf8.txt", exposition.FormatOpenMetrics2(), nil},
		{"openmetrics2-dots.txt", exposition.Format{Syntax: exposition.OpenMetrics2, Escaping: metric.Dots}, nil},
		{"openmetrics2-nocreated.txt", exposition.FormatOpenMetrics2(), off},
		{"json-utf8.ndjson", exposition.FormatJSON(), nil},
		{"json-values.ndjson", exposition.Format{Syntax: exposition.JSON, Escaping: metric.Values}, nil},
		{"protobuf-utf8.txt", exposition.FormatProtobuf(), nil},
		{"protobuf-underscores.txt", exposition.Format{Syntax: exposition.Protobuf}, nil},
	}
	for _, test := range tests {
		t.Run(test.file, func(t *testing.T) {
			t.Parallel()
			var page bytes.Buffer
			stats, err := exposition.Write(context.Background(), &page, collector(corpus()...), test.format, test.options)
			if err != nil {
				t.Fatal(err)
			}
			if stats.Families != len(corpus()) || stats.Refused != 0 {
				t.Errorf("stats %+v for %d families", stats, len(corpus()))
			}
			got := page.String()
			if test.format.Syntax == exposition.Protobuf {
				got = dumpFamilies(t, page.Bytes())
			}
			path := filepath.Join("testdata", test.file)
			if *update {
				if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}
