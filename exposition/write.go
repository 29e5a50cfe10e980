package exposition

import (
	"bytes"
	"context"
	"errors"
	"io"

	"polymeter.dev/metric"
)

// Write collects c and writes all its families to w as one page. Families that
// cannot be written, and an error of the collector, leave a page that is valid
// without them; their errors are joined in the result, families as
// [*FamilyError]. An error of w ends the collection.
func Write(ctx context.Context, w io.Writer, c metric.Collector, f Format, o *Options) (Stats, error) {
	e := NewEncoder(w, f, o)
	var refused []error
	collected := c.Collect(ctx, func(family metric.Family) error {
		err := e.Encode(family)
		if err != nil && isRefusal(err) {
			refused = append(refused, err)
			return nil
		}
		return err
	})
	closed := e.Close()
	if closed != nil && errors.Is(collected, closed) {
		collected = nil // the collector only passed it on
	}
	return e.Stats(), errors.Join(append(refused, collected, closed)...)
}

// GenerateLatest returns what c collects in the Prometheus text format, version
// 0.0.4. As with [Write], the page is usable even when there is an error.
func GenerateLatest(c metric.Collector) ([]byte, error) {
	return generate(c, FormatText())
}

// GenerateOpenMetrics returns what c collects in OpenMetrics 1.0, with names
// outside its grammar escaped to underscores. As with [Write], the page is
// usable even when there is an error.
func GenerateOpenMetrics(c metric.Collector) ([]byte, error) {
	return generate(c, Format{OpenMetrics, OpenMetricsVersion100, metric.Underscores})
}

func generate(c metric.Collector, f Format) ([]byte, error) {
	var page bytes.Buffer
	_, err := Write(context.Background(), &page, c, f, nil)
	return page.Bytes(), err
}
