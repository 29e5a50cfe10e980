package main

import (
	"context"
	"strings"
	"testing"
	"time"

	"polymeter.dev/metric"
)

var now = time.Unix(1_700_000_000, 0)

func TestRun(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	if err := run(&out, now); err != nil {
		t.Fatal(err)
	}
	const want = `app_requests_total;endpoint=/api/users 100 1700000000
app_requests_total;endpoint=/api/orders 50 1700000000
app_memory_bytes 536870912 1700000000
`
	if out.String() != want {
		t.Errorf("got\n%swant\n%s", out.String(), want)
	}
}

func TestWriteKeepsLinesApart(t *testing.T) {
	t.Parallel()
	f := metric.NewGaugeFamily("g", "", "a", "b")
	f.Add(0.5, "x; y\n", "")
	var out strings.Builder
	err := write(context.Background(), &out, metric.CollectorFunc(func(_ context.Context, emit func(metric.Family) error) error {
		return emit(f)
	}), now)
	if err != nil {
		t.Fatal(err)
	}
	if want := "g;a=x__y_ 0.5 1700000000\n"; out.String() != want {
		t.Errorf("got %q, want %q", out.String(), want)
	}
}
