package metric

import (
	"errors"
	"fmt"
	"hash/maphash"
	"strings"
)

// Validate reports what makes the family unfit for a page whose names follow v:
// what [Desc.Validate] reports; a sample name or label name that is not valid;
// a composite sample that is not named like the family, does not belong to its
// type or is inconsistent ([Histogram.Validate], [Summary.Validate]); and a
// series that occurs twice, unless all its samples have timestamps and these
// ascend (OpenMetrics 1.0, section "MetricPoint").
//
// Samples in expanded form may have any valid name; whether they make sense
// together shows when a [Composer] reads them.
func (s *Snapshot) Validate(v Validation) error {
	if s.desc == nil {
		return errors.New("metric: the snapshot is empty")
	}
	if err := s.desc.Validate(v); err != nil {
		return err
	}
	check := sampleCheck{desc: s.desc, validation: v.Resolve()}
	var view view
	for i := range s.rows.points.len() {
		if err := check.sample(s.rows.read(i, &view)); err != nil {
			return err
		}
	}
	return s.validateSeries()
}

// validateSeries looks for series that occur twice.
func (s *Snapshot) validateSeries() error {
	points := &s.rows.points
	s.series.reset(points.len())
	for i := range points.len() {
		before := s.series.put(points, i)
		if before < 0 {
			continue
		}
		was, is := s.rows.timestamp(before), s.rows.timestamp(i)
		if was.IsZero() || !was.Before(is) {
			return fmt.Errorf("metric: series %s%s occurs twice in family %q", points.at(i).name, points.at(i).labels, s.desc.Name)
		}
	}
	return nil
}

func (r *rows) timestamp(i int) Timestamp {
	if at := r.points.at(i).detail; at > 0 {
		return r.details.at(at - 1).timestamp
	}
	return Timestamp{}
}

// sampleCheck checks the samples of one family one by one.
type sampleCheck struct {
	desc       *Desc
	validation Validation
	name       string // the last name found valid: most samples share it
}

func (c *sampleCheck) sample(s *Sample) error {
	err := c.value(s)
	if err == nil {
		err = c.labels(s)
	}
	if err != nil {
		return fmt.Errorf("%w: sample %s%s of %s family %q", err, s.Name, s.Labels, c.desc.Type, c.desc.Name)
	}
	return nil
}

func (c *sampleCheck) value(s *Sample) error {
	if !s.Composite() {
		return c.sampleName(s.Name)
	}
	if s.Name != c.desc.Name && s.Name != c.desc.FullName() {
		return errors.New("metric: composite sample is not named like the family")
	}
	if !c.allows(s) {
		return errors.New("metric: composite value does not belong to the type")
	}
	if s.Histogram != nil {
		return s.Histogram.Validate()
	}
	return s.Summary.Validate()
}

func (c *sampleCheck) sampleName(name string) error {
	if name == c.name && name != "" {
		return nil
	}
	if err := c.validation.CheckMetricName(name); err != nil {
		return err
	}
	c.name = name
	return nil
}

// allows reports whether the type has such composite values. Families of
// unknown type may have either (OpenMetrics 2.0, section "Unknown").
func (c *sampleCheck) allows(s *Sample) bool {
	switch c.desc.Type {
	case TypeUnknown:
		return s.Histogram == nil || s.Summary == nil
	case TypeHistogram, TypeGaugeHistogram:
		return s.Summary == nil
	case TypeSummary:
		return s.Histogram == nil
	}
	return false
}

// labels checks the label names. That they are legacy names unless quoted is
// known from their text, so that most sets need no look at each name.
func (c *sampleCheck) labels(s *Sample) error {
	if s.Labels.quoted || strings.Contains(s.Labels.text, "__") {
		for name := range s.Labels.All() {
			if err := c.validation.CheckLabelName(name); err != nil {
				return err
			}
		}
	}
	if !s.Composite() {
		return nil
	}
	for _, bound := range []string{"le", "quantile"} {
		if !strings.Contains(s.Labels.text, bound) || !c.desc.reserves(bound) {
			continue
		}
		if _, found := s.Labels.Lookup(bound); found {
			return fmt.Errorf("metric: label name %q is reserved", bound)
		}
	}
	return nil
}

// seriesTable is a hash table of points by series. It is not a map because the
// keys are in the points already: positions take a fifth of the memory, all of
// which is reused, and clear in one sweep.
type seriesTable struct {
	seed  maphash.Seed
	slots []seriesSlot
	mask  uint32
	// name is the last name hashed, and nameHash its hash.
	name     string
	nameHash uint64
}

type seriesSlot struct {
	hash uint32
	at   uint32 // position in the points plus 1, or 0 when free
}

// reset empties the table and makes room for n series.
func (t *seriesTable) reset(n int) {
	if t.seed == (maphash.Seed{}) {
		t.seed = maphash.MakeSeed()
	}
	size := 8
	for size < 2*n {
		size *= 2
	}
	if size > len(t.slots) {
		t.slots = make([]seriesSlot, size)
	} else {
		// A part of the slots does for a small family after a large one.
		clear(t.slots[:size])
	}
	t.mask = uint32(size - 1)
}

// put remembers the i-th point as the last one of its series and returns the
// one before, or -1.
func (t *seriesTable) put(points *list[point], i int) int {
	p := points.at(i)
	hash := t.hash(p)
	for at := hash & t.mask; ; at = (at + 1) & t.mask {
		slot := &t.slots[at]
		if slot.at == 0 {
			*slot = seriesSlot{hash: hash, at: uint32(i) + 1}
			return -1
		}
		if before := int(slot.at) - 1; slot.hash == hash && points.at(before).sameSeries(p) {
			slot.at = uint32(i) + 1
			return before
		}
	}
}

func (t *seriesTable) hash(p *point) uint32 {
	if p.name != t.name {
		t.name, t.nameHash = p.name, maphash.String(t.seed, p.name)
	}
	h := maphash.String(t.seed, p.labels.text) ^ t.nameHash
	return uint32(h ^ h>>32)
}

func (p *point) sameSeries(q *point) bool {
	return p.labels.text == q.labels.text && p.name == q.name
}
