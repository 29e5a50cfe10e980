package exposition_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"testing"

	"polymeter.dev/exposition"
	"polymeter.dev/metric"
)

// limited is a writer that fails once it has taken so many bytes.
type limited struct {
	bytes.Buffer
	left int
	err  error
}

func (w *limited) Write(p []byte) (int, error) {
	if len(p) > w.left {
		return 0, w.err
	}
	w.left -= len(p)
	return w.Buffer.Write(p)
}

// short is a writer that takes less than it is given and says nothing.
type short struct{}

func (short) Write(p []byte) (int, error) { return len(p) / 2, nil }

func TestTrailers(t *testing.T) {
	t.Parallel()
	want := map[exposition.Format]string{text: "", om1: "# EOF\n", om2: "# EOF\n", pb: "", json: ""}
	for format, trailer := range want {
		if got, _ := write(t, format); got != trailer {
			t.Errorf("%s: empty page is %q", format, got)
		}
	}
}

func TestUnknownSyntaxIsText(t *testing.T) {
	t.Parallel()
	want, _ := write(t, text, plain("x"))
	if got, _ := write(t, exposition.Format{Syntax: 99}, plain("x")); got != want {
		t.Errorf("got %q", got)
	}
}

func TestClosed(t *testing.T) {
	t.Parallel()
	var page bytes.Buffer
	e := exposition.NewEncoder(&page, text, nil)
	if err := e.Encode(plain("x")); err != nil {
		t.Fatal(err)
	}
	if page.Len() > 0 {
		t.Error("a small page is not buffered")
	}
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	if err := e.Encode(plain("y")); !errors.Is(err, exposition.ErrClosed) {
		t.Errorf("Encode after Close: %v", err)
	}
	if err := e.Close(); !errors.Is(err, exposition.ErrClosed) {
		t.Errorf("second Close: %v", err)
	}
	if got := e.Stats(); got.Families != 1 || got.Samples != 1 {
		t.Errorf("stats after Close: %+v", got)
	}
	has(t, page.String(), `x{a="b"} 1`)
}

// TestFlushes checks that large pages are written before they end, between
// families, and that the encoder's memory is not mixed up.
func TestFlushes(t *testing.T) {
	t.Parallel()
	var page bytes.Buffer
	e := exposition.NewEncoder(&page, om1, nil)
	for _, f := range []metric.Family{counters(2000), histograms(100), plain("x")} {
		if err := e.Encode(f); err != nil {
			t.Fatal(err)
		}
	}
	if page.Len() < 64<<10 || !strings.HasSuffix(page.String(), "\n") {
		t.Errorf("%d bytes before the end", page.Len())
	}
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(page.String(), "\n"); n != 2+2000+3+100*17+3+1 {
		t.Errorf("%d lines", n)
	}
}

func TestWriterFails(t *testing.T) {
	t.Parallel()
	failure := errors.New("connection reset")
	visited := 0
	c := metric.CollectorFunc(func(_ context.Context, emit func(metric.Family) error) error {
		for range 3 {
			visited++
			f := counters(2000)
			f.desc.Name += strings.Repeat("x", visited)
			f.proto.Name = f.desc.Name + "_total"
			if err := emit(f); err != nil {
				return err
			}
		}
		return nil
	})
	_, err := exposition.Write(context.Background(), &limited{left: 200 << 10, err: failure}, c, text, nil)
	if !errors.Is(err, failure) || strings.Count(err.Error(), "reset") != 1 {
		t.Errorf("error %q", err)
	}
	if visited != 2 {
		t.Errorf("%d families were collected", visited)
	}
	if _, err := exposition.Write(context.Background(), short{}, collector(plain("x")), text, nil); !errors.Is(err, io.ErrShortWrite) {
		t.Errorf("short write: %v", err)
	}
}

// TestCollectorFails checks that what was collected before is served, as a
// complete page.
func TestCollectorFails(t *testing.T) {
	t.Parallel()
	failure := errors.New("no route to host")
	c := metric.CollectorFunc(func(_ context.Context, emit func(metric.Family) error) error {
		return errors.Join(emit(plain("x")), failure)
	})
	var page bytes.Buffer
	stats, err := exposition.Write(context.Background(), &page, c, om1, nil)
	if !errors.Is(err, failure) {
		t.Errorf("error %v", err)
	}
	if stats.Families != 1 || !strings.HasSuffix(page.String(), "# EOF\n") {
		t.Errorf("%+v, page %q", stats, page.String())
	}
}

// TestPanicLeavesThePage checks that a family that panics half-way can be
// recovered from.
func TestPanicLeavesThePage(t *testing.T) {
	t.Parallel()
	for _, format := range everywhere {
		var page bytes.Buffer
		e := exposition.NewEncoder(&page, format, nil)
		func() {
			defer func() {
				if recover() == nil {
					t.Error("no panic")
				}
			}()
			_ = e.Encode(metricFunc{&metric.Desc{Name: "x", Type: metric.TypeGauge}, func(visit func(*metric.Sample) error) error {
				s := sample("x", 1)
				_ = visit(&s)
				panic("bug")
			}})
		}()
		if err := e.Encode(plain("x")); err != nil {
			t.Error(err)
		}
		if err := e.Close(); err != nil {
			t.Error(err)
		}
		if want, _ := write(t, format, plain("x")); page.String() != want {
			t.Errorf("%s: page %q", format, page.String())
		}
	}
}

func TestRawLimit(t *testing.T) {
	t.Parallel()
	raw := func() metric.Family {
		return of(metric.TypeHistogram, "x", sample("x_bucket", 1, "le", "+Inf"), sample("x_bucket", 1, "le", "+Inf", "a", "b"))
	}
	for limit, want := range map[int]bool{1: false, 2: true, 0: true} {
		_, err := exposition.Write(context.Background(), io.Discard, collector(raw()), om2, &exposition.Options{RawLimit: limit})
		var exceeded *metric.LimitError
		if errors.As(err, &exceeded) == want {
			t.Errorf("limit %d: %v", limit, err)
		}
	}
}

// TestClaims checks which names families of one page may share.
func TestClaims(t *testing.T) {
	t.Parallel()
	counter := func() metric.Family { return of(metric.TypeCounter, "x", sample("x_total", 1)) }
	gauge := func(name string) metric.Family { return of(metric.TypeGauge, name, sample(name, 1)) }
	on := &exposition.Options{Created: exposition.On}
	tests := []struct {
		name    string
		format  exposition.Format
		options *exposition.Options
		second  metric.Family
		ok      bool
	}{
		{"text: counter and gauge", text, nil, gauge("x"), true},
		{"om1: counter and gauge", om1, nil, gauge("x"), false},
		{"om2: counter and gauge", om2, nil, gauge("x"), true},
		{"text: gauge named like _created", text, nil, gauge("x_created"), true},
		{"text: the same, _created shown", text, on, gauge("x_created"), false},
		{"om1: gauge named like _created", om1, nil, gauge("x_created"), false},
		{"om2: gauge named like _created", om2, &exposition.Options{Created: exposition.Off}, gauge("x_created"), true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			stats, err := exposition.Write(context.Background(), io.Discard, collector(counter(), test.second), test.format, test.options)
			if (err == nil) != test.ok || stats.Families != 1+map[bool]int{true: 1}[test.ok] {
				t.Errorf("error %v, %+v", err, stats)
			}
		})
	}
}

func TestGenerate(t *testing.T) {
	t.Parallel()
	c := collector(of(metric.TypeCounter, "a.b", sample("a.b_total", 1)), of(metric.TypeGauge, "x", sample("x", 1), sample("x", 1)))
	for name, test := range map[string]struct {
		generate func(metric.Collector) ([]byte, error)
		want     string
	}{
		"text":        {exposition.GenerateLatest, "# TYPE a_b_total counter\na_b_total 1\n"},
		"OpenMetrics": {exposition.GenerateOpenMetrics, "# TYPE a_b counter\na_b_total 1\n# EOF\n"},
	} {
		page, err := test.generate(c)
		if string(page) != test.want || err == nil {
			t.Errorf("%s: %q, %v", name, page, err)
		}
	}
}

// A help text does not end in what would be a part of the end of the line.
func TestHelpEndsInCarriageReturn(t *testing.T) {
	t.Parallel()
	for _, format := range []exposition.Format{om1, om2} {
		page, _ := write(t, format,
			&family{desc: metric.Desc{Name: "a", Type: metric.TypeGauge, Help: "b\rc\r\r"}},
			&family{desc: metric.Desc{Name: "d", Type: metric.TypeGauge, Help: "\r"}})
		if want := "# TYPE a gauge\n# HELP a b\rc\n# TYPE d gauge\n# EOF\n"; page != want {
			t.Errorf("%s: page is %q", format, page)
		}
	}
}
