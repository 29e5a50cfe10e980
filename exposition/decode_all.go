package exposition

import (
	"errors"
	"io"
	"iter"
	"strings"

	"polymeter.dev/metric"
)

// Families iterates over the families that d has yet to return. Where that ends in
// an error, the error comes last, without a family.
func Families(d Decoder) iter.Seq2[metric.Family, error] {
	return func(yield func(metric.Family, error) bool) {
		for {
			f, err := d.Next()
			if errors.Is(err, io.EOF) || !yield(f, err) || err != nil {
				return
			}
		}
	}
}

// ParseText returns the families of a page in the Prometheus text format, as a
// [TextDecoder] reads them. On an error it returns those before it.
func ParseText(page string) ([]metric.Family, error) {
	return all(NewTextDecoder(strings.NewReader(page), nil))
}

// ParseOpenMetrics is ParseText for OpenMetrics 1.0.
func ParseOpenMetrics(page string) ([]metric.Family, error) {
	return all(NewOpenMetricsDecoder(strings.NewReader(page), nil))
}

// ParseOpenMetrics2 is ParseText for OpenMetrics 2.0.
func ParseOpenMetrics2(page string) ([]metric.Family, error) {
	return all(NewOpenMetrics2Decoder(strings.NewReader(page), nil))
}

func all(d Decoder) (families []metric.Family, err error) {
	for f, err := range Families(d) {
		if err != nil {
			return families, err
		}
		families = append(families, f)
	}
	return families, nil
}
