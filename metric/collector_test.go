package metric_test

import (
	"errors"
	"slices"
	"testing"

	"polymeter.dev/metric"
)

func TestEmitAll(t *testing.T) {
	t.Parallel()
	families := []metric.Family{
		metric.NewGaugeFamily("a", ""), metric.NewGaugeFamily("b", ""), metric.NewGaugeFamily("c", ""),
	}
	tests := []struct {
		name     string
		families []metric.Family
		failing  string
		want     []string
	}{
		{"none", nil, "", nil},
		{"all, in order", families, "", []string{"a", "b", "c"}},
		{"up to an error", families, "b", []string{"a", "b"}},
		{"an error at the end", families, "c", []string{"a", "b", "c"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var got []string
			err := metric.EmitAll(func(f metric.Family) error {
				got = append(got, f.Desc().Name)
				if f.Desc().Name == tt.failing {
					return errBroken
				}
				return nil
			}, tt.families...)
			if !slices.Equal(got, tt.want) {
				t.Errorf("emitted %q, want %q", got, tt.want)
			}
			if failed := tt.failing != ""; errors.Is(err, errBroken) != failed || (err != nil) != failed {
				t.Errorf("error %v", err)
			}
		})
	}
}
