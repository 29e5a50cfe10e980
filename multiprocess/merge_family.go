package multiprocess

import (
	"polymeter.dev/internal/gather"
	"polymeter.dev/metric"
)

// merged shows a family of a merge. It is valid by construction: names and
// labels were checked when the merge was planned, and a series is one row.
type merged struct {
	family *family
	totals *totals
	extra  []metric.Sample // by labels; what is not in files

	sample    metric.Sample
	histogram metric.Histogram
	native    nativeMerge
	summary   metric.Summary
	buckets   []metric.Bucket
	exemplars []metric.Exemplar
	combiner  combiner
}

var _ gather.Trusted = (*merged)(nil)

// Trusted implements [gather.Trusted].
func (m *merged) Trusted(gather.Mark) {}

// Desc implements [metric.Family].
func (m *merged) Desc() *metric.Desc { return &m.family.desc }

// Each implements [metric.Family].
func (m *merged) Each(visit func(*metric.Sample) error) error {
	extra, start := m.extra, 0
	for i := range m.family.rows {
		row := &m.family.rows[i]
		slots := m.family.slots[start:row.end]
		start = row.end
		for len(extra) > 0 && extra[0].Labels.Text() < row.labels.Text() {
			if err := m.visitExtra(&extra[0], visit); err != nil {
				return err
			}
			extra = extra[1:]
		}
		s := m.show(row, slots)
		if len(extra) > 0 && extra[0].Labels == row.labels {
			s = m.combine(s, &extra[0])
			extra = extra[1:]
		}
		if s == nil {
			continue
		}
		s.Timestamp = metric.Timestamp{}
		if err := visit(s); err != nil {
			return err
		}
	}
	for i := range extra {
		if err := m.visitExtra(&extra[i], visit); err != nil {
			return err
		}
	}
	return nil
}

func (m *merged) visitExtra(s *metric.Sample, visit func(*metric.Sample) error) error {
	if s = m.combine(nil, s); s == nil {
		return nil
	}
	return visit(s)
}

// combine adds a sample that is not in files to what is, which may be nothing.
func (m *merged) combine(s, extra *metric.Sample) *metric.Sample {
	if s == nil {
		m.sample = *extra
	} else {
		m.combiner.add(m.family.desc.Type, m.family.mode, s, extra)
	}
	if m.family.recent() && m.sample.Timestamp.IsZero() {
		return nil
	}
	m.sample.Timestamp = metric.Timestamp{}
	return &m.sample
}

// recent reports whether times decide about the family's values.
func (f *family) recent() bool {
	return isGauge(f.desc.Type) && f.mode.Base() == metric.GaugeMostRecent
}

// show makes the sample of a series, or nil when there is none.
func (m *merged) show(r *row, slots []slot) *metric.Sample {
	m.sample = metric.Sample{Name: m.family.sample, Labels: r.labels}
	if r.start > 0 && countsUp(m.family.desc.Type) {
		m.sample.Start = metric.NewTimestamp(0, r.start)
	}
	switch m.family.desc.Type {
	case metric.TypeHistogram, metric.TypeGaugeHistogram:
		m.showHistogram(r, slots)
	case metric.TypeSummary:
		m.showSummary(slots)
	case metric.TypeCounter:
		m.sample.Value = m.totals.count(slots[0].cell)
	default:
		if !m.showGauge(slots[0].cell) {
			return nil
		}
	}
	if r.exemplars > 0 {
		m.exemplars = newest(m.exemplars[:0], m.totals.exemplars[r.exemplars], m.sample.Histogram)
		m.sample.Exemplars = m.exemplars
	}
	return &m.sample
}

// countsUp reports whether values of the type are totals that count from a start.
func countsUp(t metric.Type) bool {
	return t == metric.TypeCounter || t == metric.TypeHistogram || t == metric.TypeSummary
}

func (m *merged) showSummary(slots []slot) {
	m.summary = metric.Summary{}
	for _, s := range slots {
		if s.part == partSum {
			m.summary.Sum = m.totals.total(s.cell)
		} else {
			m.summary.Count = m.totals.count(s.cell)
		}
	}
	m.sample.Summary = &m.summary
}

// showGauge reports false for a gauge that was never set where only the time
// could tell which value counts.
func (m *merged) showGauge(cell uint32) bool {
	if m.family.mode.Base() == metric.GaugeSum {
		m.sample.Value = m.totals.total(cell)
		return true
	}
	m.sample.Value = m.totals.values[cell]
	if !m.family.recent() {
		return true
	}
	latest := m.totals.times[cell]
	if len(m.extra) > 0 && latest > 0 {
		m.sample.Timestamp = metric.NewTimestamp(0, latest)
	}
	return latest > 0
}
