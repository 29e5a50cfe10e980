package metric_test

import (
	"fmt"
	"testing"

	"polymeter.dev/metric"
)

func ExampleMustLabels() {
	labels := metric.MustLabels("method", "GET", "code", "200")
	fmt.Println(labels, labels.Get("method"))
	// Output: {code="200",method="GET"} GET
}

func TestMustLabels(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		pairs []string
		want  string // the set, or what the panic says
	}{
		{"empty", nil, `{}`},
		{"one", []string{"a", "1"}, `{a="1"}`},
		{"sorted", []string{"b", "2", "a", "1"}, `{a="1",b="2"}`},
		{"quoted", []string{"a.b", "1"}, `{"a.b"="1"}`},
		{"no value", []string{"a", "1", "b"}, `metric: label name "b" has no value`},
		{"repeated", []string{"a", "1", "a", "2"}, `metric: label name "a" occurs twice`},
		{"not UTF-8", []string{"a", "\xff"}, `metric: value "\xff" of label "a" is not valid UTF-8`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := labelsOrPanic(tt.pairs); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

func labelsOrPanic(pairs []string) (got string) {
	defer func() {
		if p := recover(); p != nil {
			got = fmt.Sprint(p)
		}
	}()
	return metric.MustLabels(pairs...).String()
}
