package collectors

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"

	dto "github.com/prometheus/client_model/go"
	"google.golang.org/protobuf/encoding/protodelim"

	"polymeter.dev/exposition"
	"polymeter.dev/metric"
)

// Gatherer is what programs that use client_golang have their metrics in, and
// what its handlers, pushers and test helpers take. It is the same interface as
// prometheus.Gatherer there.
type Gatherer interface {
	Gather() ([]*dto.MetricFamily, error)
}

// GathererFunc makes a function a [Gatherer].
type GathererFunc func() ([]*dto.MetricFamily, error)

// Gather calls f.
func (f GathererFunc) Gather() ([]*dto.MetricFamily, error) { return f() }

// AsGatherer shows what c collects to whatever takes a Gatherer. Families come
// as the protobuf format has them; what it cannot say is lost and part of the
// error, and all other families are returned with it, as client_golang does it.
// They are in the order of c.
func AsGatherer(c metric.Collector) Gatherer {
	return GathererFunc(func() ([]*dto.MetricFamily, error) {
		var page bytes.Buffer
		_, failed := exposition.Write(context.Background(), &page, c, exposition.FormatProtobuf(), nil)
		families, err := decodeFamilies(&page)
		return families, errors.Join(failed, err)
	})
}

func decodeFamilies(page io.Reader) ([]*dto.MetricFamily, error) {
	var families []*dto.MetricFamily
	in := bufio.NewReader(page)
	options := protodelim.UnmarshalOptions{MaxSize: -1}
	for {
		f := new(dto.MetricFamily)
		err := options.UnmarshalFrom(in, f)
		if errors.Is(err, io.EOF) {
			return families, nil
		}
		if err != nil {
			return families, fmt.Errorf("collectors: %w", err)
		}
		families = append(families, f)
	}
}

// FromGatherer returns a collector of what g gathers: register it, and metrics
// that are declared with client_golang are shown beside those of a registry. If
// g returns families and an error, the families are shown all the same.
//
// A counter that would be named like another family without its suffix, as
// go_memstats_alloc_bytes_total beside go_memstats_alloc_bytes, has no type: a page of
// OpenMetrics may have a name only once.
func FromGatherer(g Gatherer) metric.Collector {
	return metric.CollectorFunc(func(_ context.Context, emit func(metric.Family) error) error {
		families, failed := g.Gather()
		names := make(map[string]bool, len(families))
		for _, f := range families {
			names[f.GetName()] = true
		}
		for _, f := range families {
			if err := emit(newGathered(f, names)); err != nil {
				return err
			}
		}
		return failed
	})
}
