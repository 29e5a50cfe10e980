package exposition_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"

	"polymeter.dev/exposition"
)

func readOpenMetrics2(page string) *exposition.OpenMetrics2Decoder {
	return exposition.NewOpenMetrics2Decoder(strings.NewReader(page), nil)
}

// rewriteOpenMetrics2 decodes a page and encodes it in the format.
func rewriteOpenMetrics2(t *testing.T, page string, f exposition.Format) string {
	t.Helper()
	families, err := decodePage(readOpenMetrics2(page))
	if err != nil {
		t.Fatalf("%v in\n%s", err, page)
	}
	return encode(t, f, families...)
}

// Whatever is written in the format comes back as it was. The one unit on these
// pages that is no suffix of its name cannot.
func TestOpenMetrics2DecoderGolden(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob(filepath.Join("testdata", "openmetrics2", "*.txt"))
	more, errMore := filepath.Glob(filepath.Join("testdata", "openmetrics2-*.txt"))
	if err != nil || errMore != nil || len(files) < 11 || len(more) < 3 {
		t.Fatal(files, more, err, errMore)
	}
	for _, file := range append(files, more...) {
		t.Run(filepath.Base(file), func(t *testing.T) {
			t.Parallel()
			page, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			want := strings.Replace(string(page), "# UNIT \"process.cpu.seconds\" seconds\n", "", 1)
			if diff := cmp.Diff(want, rewriteOpenMetrics2(t, string(page), om2)); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

// What was read means what was written: other formats show the same of both. Only
// a sum that is not known cannot be told from one that is NaN.
func TestOpenMetrics2DecoderCorpus(t *testing.T) {
	t.Parallel()
	families, err := decodePage(readOpenMetrics2(encode(t, om2, corpus()...)))
	if err != nil {
		t.Fatal(err)
	}
	for _, format := range []exposition.Format{text, om1, om2} {
		got := encode(t, format, families...)
		if format == text {
			got = strings.Replace(got, "latency_seconds_count 1\nlatency_seconds_sum NaN\n", "", 1)
		}
		if diff := cmp.Diff(encode(t, format, corpus()...), got); diff != "" {
			t.Errorf("%s (-want +got)\n%s", format, diff)
		}
	}
}

func TestOpenMetrics2DecoderLimits(t *testing.T) {
	t.Parallel()
	const line = "a {count:1,sum:1,bucket:[+Inf:1]}"
	const page = "# TYPE a histogram\n" + line + "\na{b=\"1\",c=\"2\"} {count:1,sum:1,bucket:[+Inf:1]}\n# TYPE b gauge\n# EOF\n"
	tests := []struct {
		name    string
		options exposition.DecodeOptions
		want    string
	}{
		{"all fits", exposition.DecodeOptions{MaxLineBytes: 49, MaxSamples: 2, MaxLabels: 2, MaxFamilies: 2, MaxBytes: int64(len(page))}, ""},
		{"a long line", exposition.DecodeOptions{MaxLineBytes: len(line)}, "exposition: line 3, column 34: the line is longer than 33 bytes"},
		{"many samples", exposition.DecodeOptions{MaxSamples: 1}, "exposition: line 3, column 1: the family has more than 1 samples"},
		{"many labels", exposition.DecodeOptions{MaxLabels: 1}, "exposition: line 3, column 2: the series has more than 1 labels"},
		{"many families", exposition.DecodeOptions{MaxFamilies: 1}, "exposition: line 4, column 1: the page has more than 1 families"},
		{"a long page", exposition.DecodeOptions{MaxBytes: int64(len(page)) - 1}, "exposition: read line 5: page longer than 120 bytes: exposition: page exceeds a limit"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			_, err := decodePage(exposition.NewOpenMetrics2Decoder(strings.NewReader(page), &test.options))
			if test.want == "" && err != nil || test.want != "" && (err == nil || err.Error() != test.want || !errors.Is(err, exposition.ErrTooLarge)) {
				t.Errorf("got %v, want %s", err, test.want)
			}
		})
	}
}

func TestOpenMetrics2DecoderReadError(t *testing.T) {
	t.Parallel()
	broken := errors.New("broken")
	for _, page := range []string{"", "a 1", "a 1\n", "a 1\n# EOF"} {
		d := exposition.NewOpenMetrics2Decoder(io.MultiReader(strings.NewReader(page), iotest.ErrReader(broken)), nil)
		if _, err := decodePage(d); !errors.Is(err, broken) {
			t.Errorf("after %q: %v", page, err)
		}
		if _, err := d.Next(); !errors.Is(err, broken) {
			t.Errorf("after %q, again: %v", page, err)
		}
	}
}

// What is wrong with a family may only show at its end. Nothing of it is returned.
func TestOpenMetrics2DecoderWholeFamilies(t *testing.T) {
	t.Parallel()
	families, err := decodePage(readOpenMetrics2("a 1\n# UNIT b_info c\n# TYPE b_info info\nb_info 1\n# EOF\n"))
	if want := `exposition: line 2, column 1: "b_info" has a unit, which the type info has not`; err == nil || err.Error() != want || len(families) != 1 {
		t.Errorf("%d families, error %v", len(families), err)
	}
}

func TestOpenMetrics2DecoderCutShort(t *testing.T) {
	t.Parallel()
	const page = "# TYPE a counter\na 1 st@1 # {} 1 2\n# EOF"
	for end := range page {
		_, err := decodePage(readOpenMetrics2(page[:end]))
		var got *exposition.DecodeError
		if !errors.As(err, &got) {
			t.Errorf("%q: %v", page[:end], err)
		}
		if strings.HasSuffix(page[:end], "\n") && !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("%q: %v", page[:end], err)
		}
	}
}

// A family that is complete is not lost to what is wrong behind it.
func TestOpenMetrics2DecoderStreams(t *testing.T) {
	t.Parallel()
	var page bytes.Buffer
	c := exposition.Decoded(readOpenMetrics2("# TYPE a gauge\na 1\nb{c=\"d\"} 1\nb 2 # {} 1 2\nb{c=\"d\"} 1\n# EOF\n"))
	_, err := exposition.Write(context.Background(), &page, c, om2, nil)
	if want := "# TYPE a gauge\na 1\n# EOF\n"; page.String() != want {
		t.Errorf("page is\n%s", page.String())
	}
	if want := `exposition: line 5, column 1: the lines of the series {c="d"} are apart`; err == nil || err.Error() != want {
		t.Errorf("error %v", err)
	}
}
