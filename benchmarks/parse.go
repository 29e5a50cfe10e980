package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/textparse"

	"polymeter.dev/exposition"
)

// parseWork reads pages of 100,000 series with three labels each, with all names,
// labels and values.
func parseWork() []comparison {
	text, open := counterPage(exposition.FormatText()), counterPage(exposition.FormatOpenMetrics())
	return []comparison{
		{"reading text of 100,000 series", []contender{
			{"polymeter", polymeterReads(text, exposition.Text)},
			{"Prometheus PromParser, with labels", prometheusReads(text, func(b []byte) textparse.Parser {
				return textparse.NewPromParser(b, labels.NewSymbolTable(), false)
			})},
			{"expfmt TextParser", expfmtReads(text)},
		}},
		{"reading OpenMetrics of 100,000 series", []contender{
			{"polymeter", polymeterReads(open, exposition.OpenMetrics)},
			{"Prometheus OpenMetricsParser, with labels", prometheusReads(open, func(b []byte) textparse.Parser {
				return textparse.NewOpenMetricsParser(b, labels.NewSymbolTable())
			})},
		}},
	}
}

// counterPage is made only when it is read: most runs do not.
func counterPage(f exposition.Format) func() []byte {
	return func() []byte {
		var page bytes.Buffer
		must(exposition.Write(context.Background(), &page, polymeterRegistry(counterSeries, 0), f, nil))
		return page.Bytes()
	}
}

func polymeterReads(page func() []byte, s exposition.Syntax) func(*testing.B) {
	return func(b *testing.B) {
		data := page()
		b.ReportAllocs()
		for b.Loop() {
			d := must(exposition.NewDecoder(bytes.NewReader(data), s, nil))
			for {
				if _, err := d.Next(); errors.Is(err, io.EOF) {
					break
				} else if err != nil {
					b.Fatal(err)
				}
			}
		}
	}
}

func prometheusReads(page func() []byte, parser func([]byte) textparse.Parser) func(*testing.B) {
	return func(b *testing.B) {
		data := page()
		b.ReportAllocs()
		for b.Loop() {
			p := parser(data)
			for {
				entry, err := p.Next()
				if errors.Is(err, io.EOF) {
					break
				}
				if err != nil {
					b.Fatal(err)
				}
				if entry == textparse.EntrySeries {
					var l labels.Labels
					p.Labels(&l)
					p.Series()
				}
			}
		}
	}
}

func expfmtReads(page func() []byte) func(*testing.B) {
	return func(b *testing.B) {
		data := page()
		b.ReportAllocs()
		for b.Loop() {
			p := expfmt.NewTextParser(model.UTF8Validation)
			must(p.TextToMetricFamilies(bytes.NewReader(data)))
		}
	}
}

const pythonParseRow = "reading by the Python client"

// parseScript prints the seconds that reading standard input takes, in the best of
// three times.
const parseScript = `
import sys, time, io
from prometheus_client.%s import text_string_to_metric_families
page = sys.stdin.read()
best = 1e9
for _ in range(3):
    begun = time.perf_counter()
    for family in text_string_to_metric_families(page):
        pass
    best = min(best, time.perf_counter() - begun)
print(best)
`

// printPythonParse compares reading with that of the Python client, if it is there.
func printPythonParse() {
	fmt.Printf("\n| %s | polymeter | Python | times |\n|---|---|---|---|\n", pythonParseRow)
	for _, c := range []struct {
		name, module string
		format       exposition.Format
	}{
		{"text", "parser", exposition.FormatText()},
		{"OpenMetrics", "openmetrics.parser", exposition.FormatOpenMetrics()},
	} {
		page := counterPage(c.format)
		theirs, err := pythonReads(page(), c.module)
		if err != nil {
			fmt.Println("left out:", err)
			continue
		}
		ours := testing.Benchmark(polymeterReads(page, c.format.Syntax))
		own := float64(ours.T.Nanoseconds()) / float64(ours.N)
		fmt.Printf("| %s | %s | %s | %.0f |\n", c.name, show(own), show(theirs), theirs/own)
	}
}

// pythonReads returns nanoseconds.
func pythonReads(page []byte, module string) (float64, error) {
	cmd := exec.Command(interpreter, "-c", fmt.Sprintf(parseScript, module))
	cmd.Env = append(os.Environ(), "PYTHONPATH="+pythonPath())
	cmd.Stdin = bytes.NewReader(page)
	out, err := cmd.Output()
	if err != nil {
		return 0, fmt.Errorf("the Python client: %w; .ci/install-peers installs it", err)
	}
	seconds, err := strconv.ParseFloat(strings.TrimSpace(string(out)), 64)
	return seconds * 1e9, err
}
