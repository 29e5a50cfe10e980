package metric_test

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"testing"

	"polymeter.dev/metric"
)

// The first rows are the examples of OpenMetrics 1.0, section "Canonical
// Numbers".
func TestFormatFloat(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		f    float64
		want string
	}{
		{0, "0.0"},
		{0.001, "0.001"},
		{0.002, "0.002"},
		{0.01, "0.01"},
		{0.1, "0.1"},
		{0.9, "0.9"},
		{0.95, "0.95"},
		{0.99, "0.99"},
		{0.999, "0.999"},
		{1, "1.0"},
		{1.7, "1.7"},
		{10, "10.0"},
		{1e-10, "1e-10"},
		{1e-9, "1e-09"},
		{1e-5, "1e-05"},
		{0.0001, "0.0001"},
		{100000, "100000.0"},
		{1e6, "1e+06"},
		{1e10, "1e+10"},
		{math.Inf(1), "+Inf"},

		{math.Inf(-1), "-Inf"},
		{math.NaN(), "NaN"},
		{math.Copysign(math.NaN(), -1), "NaN"},
		{math.Copysign(0, -1), "-0.0"},
		{-1, "-1.0"},
		{-1e6, "-1e+06"},
		{-100000, "-100000.0"},
		{1.23e10, "1.23e+10"},
		{12345678.5, "1.23456785e+07"},
		{-12345678.5, "-1.23456785e+07"},
		{123456, "123456.0"},
		{999999, "999999.0"},
		{999999.5, "999999.5"},
		{1000001, "1.000001e+06"},
		{1.1e-4, "0.00011"},
		{9.9e-5, "9.9e-05"},
		{-1e-5, "-1e-05"},
		{1.0 / 3, "0.3333333333333333"},
		{0.30000000000000004, "0.30000000000000004"},
		{1e100, "1e+100"},
		{1 << 53, "9.007199254740992e+15"},
		{math.MaxFloat64, "1.7976931348623157e+308"},
		{math.SmallestNonzeroFloat64, "5e-324"},
	} {
		t.Run(tt.want, func(t *testing.T) {
			t.Parallel()
			if got := metric.FormatFloat(tt.f); got != tt.want {
				t.Errorf("FormatFloat(%g) = %s, want %s", tt.f, got, tt.want)
			}
			if got := string(metric.AppendFloat([]byte(`1.5e,`), tt.f)); got != "1.5e,"+tt.want {
				t.Errorf("AppendFloat(%g) = %s", tt.f, got)
			}
		})
	}
}

func TestAppendValue(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		f    float64
		want string
	}{
		{0, "0"},
		{math.Copysign(0, -1), "-0"},
		{1, "1"},
		{-1, "-1"},
		{42, "42"},
		{100000, "100000"},
		{1e6, "1000000"},
		{-1e6, "-1000000"},
		{536870912, "536870912"},
		{1<<53 - 1, "9007199254740991"},
		{-(1<<53 - 1), "-9007199254740991"},
		{1 << 53, "9.007199254740992e+15"},
		{-(1 << 53), "-9.007199254740992e+15"},
		{1 << 63, "9.223372036854776e+18"},
		{-(1 << 63), "-9.223372036854776e+18"},
		{1e300, "1e+300"},
		{0.5, "0.5"},
		{-0.5, "-0.5"},
		{1e-5, "1e-05"},
		{12345678.5, "1.23456785e+07"},
		{math.Inf(1), "+Inf"},
		{math.Inf(-1), "-Inf"},
		{math.NaN(), "NaN"},
	} {
		t.Run(tt.want, func(t *testing.T) {
			t.Parallel()
			if got := string(metric.AppendValue([]byte("x "), tt.f)); got != "x "+tt.want {
				t.Errorf("AppendValue(%g) = %s, want x %s", tt.f, got, tt.want)
			}
		})
	}
}

func TestConstants(t *testing.T) {
	t.Parallel()
	if !math.IsInf(metric.Inf(), 1) || !math.IsInf(metric.MinusInf(), -1) || !math.IsNaN(metric.NaN()) {
		t.Errorf("Inf, MinusInf, NaN = %v, %v, %v", metric.Inf(), metric.MinusInf(), metric.NaN())
	}
}

func FuzzFormatFloat(f *testing.F) {
	for _, v := range []float64{0, 1, -1e6, 1e6, 1e-5, 0.1, 12345678.5, 1 << 53, -(1 << 63), math.MaxFloat64, math.Inf(-1), math.NaN(), math.Copysign(0, -1)} {
		f.Add(math.Float64bits(v))
	}
	f.Fuzz(func(t *testing.T, bits uint64) {
		v := math.Float64frombits(bits)
		canonical := metric.FormatFloat(v)
		value := string(metric.AppendValue(nil, v))
		for _, text := range []string{canonical, value} {
			back, err := strconv.ParseFloat(text, 64)
			if err != nil {
				t.Fatalf("%v becomes %q: %v", v, text, err)
			}
			if math.IsNaN(v) != math.IsNaN(back) || !math.IsNaN(v) && math.Float64bits(back) != bits {
				t.Errorf("%v becomes %q and comes back as %v", v, text, back)
			}
		}
		if !math.IsNaN(v) && !math.IsInf(v, 0) && !strings.ContainsAny(canonical, ".e") {
			t.Errorf("canonical %q does not look like a float", canonical)
		}
	})
}

func TestAppendFloatAllocations(t *testing.T) {
	buf := make([]byte, 0, 256)
	allocs := testing.AllocsPerRun(100, func() {
		buf = buf[:0]
		for _, f := range []float64{0, 1, -1e6, 0.25, 1e300, metric.Inf(), metric.NaN()} {
			buf = metric.AppendFloat(buf, f)
			buf = metric.AppendValue(buf, f)
		}
	})
	if allocs != 0 {
		t.Errorf("appending floats allocates %v times", allocs)
	}
}

func BenchmarkAppendValue(b *testing.B) {
	for _, bm := range []struct {
		name  string
		value float64
	}{
		{"zero", 0},
		{"small", 42},
		{"large", 1234567890123},
		{"fraction", 0.25},
		{"seconds", 1234.56789},
		{"inexact", 1.0 / 3},
		{"inf", math.Inf(1)},
	} {
		b.Run(bm.name, func(b *testing.B) {
			buf := make([]byte, 0, 64)
			b.ReportAllocs()
			for b.Loop() {
				buf = metric.AppendValue(buf[:0], bm.value)
			}
		})
	}
}

func BenchmarkAppendFloat(b *testing.B) {
	buf := make([]byte, 0, 64)
	b.ReportAllocs()
	for b.Loop() {
		buf = metric.AppendFloat(buf[:0], 0.25)
	}
}

func ExampleFormatFloat() {
	for _, f := range []float64{1, 0.25, 100000, 1e6, 1.23e10, metric.Inf()} {
		fmt.Println(metric.FormatFloat(f))
	}
	// Output:
	// 1.0
	// 0.25
	// 100000.0
	// 1e+06
	// 1.23e+10
	// +Inf
}
