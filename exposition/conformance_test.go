package exposition_test

import (
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"

	"polymeter.dev/exposition"
	"polymeter.dev/metric"
)

// conformant is a format whose decoder the conformance corpus checks.
type conformant struct {
	folder  string // in testdata/conformance
	decoder func(io.Reader, *exposition.DecodeOptions) exposition.Decoder
	// format is what the encoder writes for it, with names as they are.
	format exposition.Format
}

var (
	conformantText = conformant{
		"text",
		func(r io.Reader, o *exposition.DecodeOptions) exposition.Decoder {
			return exposition.NewTextDecoder(r, o)
		},
		exposition.FormatText100(),
	}
	conformantOpenMetrics = conformant{
		"openmetrics",
		func(r io.Reader, o *exposition.DecodeOptions) exposition.Decoder {
			return exposition.NewOpenMetricsDecoder(r, o)
		},
		exposition.FormatOpenMetrics(),
	}
	conformantOpenMetrics2 = conformant{
		"openmetrics2",
		func(r io.Reader, o *exposition.DecodeOptions) exposition.Decoder {
			return exposition.NewOpenMetrics2Decoder(r, o)
		},
		exposition.FormatOpenMetrics2(),
	}
)

// decodePage reads a page to its end.
func decodePage(d exposition.Decoder) ([]metric.Family, error) {
	var families []metric.Family
	for {
		f, err := d.Next()
		if errors.Is(err, io.EOF) {
			return families, nil
		}
		if err != nil {
			return families, err
		}
		families = append(families, f)
	}
}

func TestConformanceText(t *testing.T)         { t.Parallel(); conformantText.test(t) }
func TestConformanceOpenMetrics(t *testing.T)  { t.Parallel(); conformantOpenMetrics.test(t) }
func TestConformanceOpenMetrics2(t *testing.T) { t.Parallel(); conformantOpenMetrics2.test(t) }

// test holds the decoder against every case, also when the page comes byte by byte.
func (f *conformant) test(t *testing.T) {
	for _, c := range readConformance(t, f.folder) {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			c.check(t, f.decoder(strings.NewReader(c.page), nil))
			c.check(t, f.decoder(iotest.OneByteReader(strings.NewReader(c.page)), nil))
		})
	}
}

func (c *conformanceCase) check(t *testing.T, d exposition.Decoder) {
	t.Helper()
	families, err := decodePage(d)
	if _, again := d.Next(); err != nil && !errors.Is(again, err) || err == nil && !errors.Is(again, io.EOF) {
		t.Errorf("%s: after the end: %v", c.where(), again)
	}
	if !c.rejected {
		if err != nil {
			t.Fatalf("%s: %v, against %s", c.where(), err, c.spec)
		}
		if diff := cmp.Diff(c.families, renderFamilies(t, families)+renderDropped(d)); diff != "" {
			t.Errorf("%s: %s (-want +got)\n%s", c.where(), c.spec, diff)
		}
		return
	}
	var got *exposition.DecodeError
	if !errors.As(err, &got) {
		t.Fatalf("%s: error %v, against %s; want %s\n%s", c.where(), err, c.spec, c.reason, renderFamilies(t, families))
	}
	if got.Line != c.errLine || got.Column != c.errColumn || !strings.Contains(got.Reason, c.reason) {
		t.Errorf("%s: got %d:%d: %s\nwant %d:%d: %s", c.where(), got.Line, got.Column, got.Reason, c.errLine, c.errColumn, c.reason)
	}
}
