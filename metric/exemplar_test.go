package metric_test

import (
	"math"
	"strings"
	"testing"

	"polymeter.dev/metric"
)

func TestExemplarValidate(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		value string
		want  bool
	}{
		{"empty", "", true},
		{"128 code points", strings.Repeat("é", 127), true},
		{"129 code points", strings.Repeat("é", 128), false},
		{"escapes count once", strings.Repeat("\n", 127), true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			e := metric.Exemplar{Labels: labels(t, "a", tt.value)}
			if err := e.Validate(); (err == nil) != tt.want {
				t.Errorf("error %v, valid: %v", err, tt.want)
			}
		})
	}
	e := metric.Exemplar{Labels: labels(t, "a", strings.Repeat("b", 128))}
	checkError(t, e.Validate(), `metric: exemplar labels {a="`+strings.Repeat("b", 128)+`"} have 129 code points, more than 128`)
}

func TestNewestExemplar(t *testing.T) {
	t.Parallel()
	at := func(value float64, sec int64) metric.Exemplar {
		return metric.Exemplar{Value: value, Timestamp: metric.NewTimestamp(sec, 0)}
	}
	list := []metric.Exemplar{at(1, 5), at(2, 9), at(1.5, 7), {Value: 1.75}, at(math.NaN(), 99), at(-inf, 1), at(inf, 2)}
	tests := []struct {
		name         string
		lower, upper float64
		want         int // position in list, or -1
	}{
		{"newest of some", 0, 1.9, 2},
		{"upper is inside", 1.9, 2, 1},
		{"lower is outside", 2, 3, -1},
		{"without time", 1.6, 1.8, 3},
		{"everything", -inf, inf, 1},
		{"-Inf in the lowest", -inf, 0, 5},
		{"+Inf in the highest", 2, inf, 6},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := metric.NewestExemplar(list, tt.lower, tt.upper)
			switch {
			case tt.want < 0 && got != nil:
				t.Errorf("got %+v, want none", got)
			case tt.want >= 0 && got != &list[tt.want]:
				t.Errorf("got %+v, want %+v", got, list[tt.want])
			}
		})
	}
}

func TestSampleExemplar(t *testing.T) {
	t.Parallel()
	old, young := metric.Exemplar{Value: 1, Timestamp: created}, metric.Exemplar{Value: 2, Timestamp: taken}
	for _, list := range [][]metric.Exemplar{{old, young}, {young, old}, {{Value: 3}, young}} {
		s := metric.Sample{Exemplars: list}
		if got := s.Exemplar(); got == nil || got.Value != young.Value {
			t.Errorf("the most recent of %v is %v", list, got)
		}
	}
	if got := (&metric.Sample{}).Exemplar(); got != nil {
		t.Errorf("a sample without exemplars has %v", got)
	}
}
