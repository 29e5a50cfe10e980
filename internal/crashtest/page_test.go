//go:build linux

package crashtest

import (
	"context"
	"fmt"

	"polymeter.dev/metric"
)

// page is what one scrape shows.
type page struct {
	values  map[string]float64 // of measures by name, and of liveName
	buckets map[string]float64 // of classic buckets, by name and bound
	native  map[string]*metric.NativeHistogram
	starts  map[string]metric.Timestamp
}

// scrape collects a page, every family of which must be valid.
func scrape(ctx context.Context, c metric.Collector) (*page, error) {
	p := &page{map[string]float64{}, map[string]float64{}, map[string]*metric.NativeHistogram{}, map[string]metric.Timestamp{}}
	err := c.Collect(ctx, func(f metric.Family) error {
		copied, err := metric.Copy(f)
		if err != nil {
			return err
		}
		if err := copied.Validate(metric.ValidationDefault); err != nil {
			return err
		}
		return copied.Each(func(s *metric.Sample) error { return p.take(f.Desc(), s) })
	})
	return p, err
}

// take takes down a sample. Series of one family are added up.
func (p *page) take(d *metric.Desc, s *metric.Sample) error {
	name := d.SampleName()
	if !s.Start.IsZero() {
		p.starts[name+s.Labels.Text()] = s.Start
	}
	switch {
	case s.Histogram != nil:
		return p.takeHistogram(name, s)
	case s.Summary != nil:
		p.values[name+"_count"] += s.Summary.Count
		p.values[name+"_sum"] += s.Summary.Sum
	case d.Type == metric.TypeGauge && name == "crash_least":
		p.values[name] = -s.Value // so that it grows
	default:
		p.values[name] += s.Value
	}
	return nil
}

func (p *page) takeHistogram(name string, s *metric.Sample) error {
	p.values[name+"_count"] += s.Histogram.Count
	p.values[name+"_sum"] += s.Histogram.Sum
	for _, b := range s.Histogram.Buckets {
		p.buckets[fmt.Sprintf("%s_bucket{le=%q}", name, fmt.Sprint(b.UpperBound))] = b.Count
	}
	if s.Histogram.Native != nil {
		p.native[name] = s.Histogram.Native.Clone()
	}
	for _, e := range s.Exemplars {
		if err := checkExemplar(&e); err != nil {
			return fmt.Errorf("series %s: %w", name, err)
		}
	}
	return nil
}

// checkExemplar finds exemplars that are made of two.
func checkExemplar(e *metric.Exemplar) error {
	text := e.Labels.Get(exemplarLabel)
	for times := 1; times <= 5; times++ {
		if text == exemplarText(e.Value, times) {
			return nil
		}
	}
	return fmt.Errorf("an exemplar of value %v has the label %q", e.Value, text)
}

// checkAfter compares with an earlier page what the ledger does not know.
func (p *page) checkAfter(before *page) []string {
	var wrong []string
	complain := func(format string, args ...any) { wrong = append(wrong, fmt.Sprintf(format, args...)) }
	for name, was := range before.buckets {
		if now := p.buckets[name]; now < was {
			complain("series %s fell from %v to %v", name, was, now)
		}
	}
	for name, was := range before.starts {
		if now, ok := p.starts[name]; ok && now.After(was) {
			complain("series %s now begins at %v, and did at %v before", name, now, was)
		}
	}
	for name, was := range before.native {
		if err := checkNative(was.Clone(), p.native[name]); err != nil {
			complain("series %s: %v", name, err)
		}
	}
	return wrong
}

// checkNative compares native buckets with earlier ones, as a Prometheus server
// does that looks for resets. It changes the earlier ones.
func checkNative(was, now *metric.NativeHistogram) error {
	if now == nil {
		return fmt.Errorf("native buckets are gone")
	}
	if now.Schema > was.Schema {
		return fmt.Errorf("its schema rose from %d to %d", was.Schema, now.Schema)
	}
	if err := was.ReduceTo(now.Schema); err != nil {
		return err
	}
	if now.ZeroCount < was.ZeroCount {
		return fmt.Errorf("its zero bucket fell from %v to %v", was.ZeroCount, now.ZeroCount)
	}
	counts := map[int32]float64{}
	for index, count := range now.PositiveBuckets() {
		counts[index] = count
	}
	for index, count := range was.PositiveBuckets() {
		if counts[index] < count {
			return fmt.Errorf("its bucket %d of schema %d fell from %v to %v", index, now.Schema, count, counts[index])
		}
	}
	return nil
}
