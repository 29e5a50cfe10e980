package metric_test

import (
	"strconv"
	"testing"

	"polymeter.dev/metric"
)

func BenchmarkFamilyAdd(b *testing.B) {
	const rows = 10_000
	values := make([]string, rows)
	for i := range values {
		values[i] = strconv.Itoa(i)
	}
	b.Run("New", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			f := metric.NewGaugeFamily("x", "h", "a", "b")
			for _, v := range values {
				f.Add(1, v, "constant")
			}
		}
	})
	b.Run("Reset", func(b *testing.B) {
		b.ReportAllocs()
		f := metric.NewGaugeFamily("x", "h", "a", "b")
		for b.Loop() {
			f.Reset()
			for _, v := range values {
				f.Add(1, v, "constant")
			}
		}
	})
}

func BenchmarkCompose(b *testing.B) {
	const series = 1000
	f := metric.NewHistogramFamily("x", "h", "a")
	for i := range series {
		f.Add([]metric.Bucket{{UpperBound: 1, Count: 1}, {UpperBound: 2, Count: 2}, {UpperBound: metric.Inf(), Count: 3}}, 4, strconv.Itoa(i))
	}
	samples, err := metric.Expand(f, true)
	if err != nil {
		b.Fatal(err)
	}
	lines := metric.NewRawFamily("x", "h", metric.TypeHistogram)
	for _, s := range samples {
		lines.Add(s)
	}
	var composer metric.Composer
	b.ReportAllocs()
	for b.Loop() {
		if err := composer.Compose(lines, series).Each(func(*metric.Sample) error { return nil }); err != nil {
			b.Fatal(err)
		}
	}
}
