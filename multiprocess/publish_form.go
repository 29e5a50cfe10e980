package multiprocess

import (
	"errors"
	"fmt"

	"polymeter.dev/metric"
)

// publishable is a family in composite form whose samples are such as can be
// written.
type publishable struct{ metric.Family }

// Each implements [metric.Family].
func (p publishable) Each(visit func(*metric.Sample) error) error {
	return p.Family.Each(func(s *metric.Sample) error {
		if s.Composite() && !p.Desc().Type.Composite() {
			return fmt.Errorf("sample %s%s is a histogram or summary, which a family of type %s cannot publish", s.Name, s.Labels, p.Desc().Type)
		}
		return visit(s)
	})
}

// lastPoints is a family of which each series has one point, the last one. The
// times of points stay only where they say when a gauge was set.
type lastPoints struct {
	*metric.Snapshot
	last map[seriesName]int // number of the sample
}

// newLastPoints returns the family itself if there can be no two points.
func newLastPoints(f *metric.Snapshot) metric.Family {
	if !stamped(f) {
		return f
	}
	p := &lastPoints{f, make(map[seriesName]int)}
	number := 0
	_ = f.Each(func(s *metric.Sample) error {
		p.last[seriesName{s.Name, s.Labels}] = number
		number++
		return nil
	})
	return p
}

// stamped reports whether samples have times, by which a series may have several.
func stamped(f *metric.Snapshot) bool {
	found := errors.New("found")
	return f.Each(func(s *metric.Sample) error {
		if !s.Timestamp.IsZero() {
			return found
		}
		return nil
	}) != nil
}

// Each implements [metric.Family].
func (p *lastPoints) Each(visit func(*metric.Sample) error) error {
	number := -1
	typ := p.Desc().Type
	return p.Snapshot.Each(func(s *metric.Sample) error {
		if number++; p.last[seriesName{s.Name, s.Labels}] != number {
			return nil
		}
		if !isGauge(typ) {
			s.Timestamp = metric.Timestamp{}
		}
		return visit(s)
	})
}
