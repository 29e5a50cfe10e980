package multiprocess

import (
	"math"

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
	summary   metric.Summary
	buckets   []metric.Bucket
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
	if m.family.recent() {
		if m.sample.Timestamp.IsZero() {
			return nil
		}
		m.sample.Timestamp = metric.Timestamp{}
	}
	return &m.sample
}

// recent reports whether times decide about the family's values.
func (f *family) recent() bool {
	return f.desc.Type == metric.TypeGauge && f.mode.Base() == metric.GaugeMostRecent
}

// show makes the sample of a series, or nil when there is none.
func (m *merged) show(r *row, slots []slot) *metric.Sample {
	m.sample = metric.Sample{Name: m.family.sample, Labels: r.labels}
	switch m.family.desc.Type {
	case metric.TypeHistogram:
		m.showHistogram(slots)
	case metric.TypeSummary:
		m.showSummary(slots)
	case metric.TypeGauge:
		if !m.showGauge(slots) {
			return nil
		}
	default:
		for _, s := range slots {
			m.sample.Value += m.totals.values[s.number]
		}
	}
	return &m.sample
}

// showHistogram accumulates the buckets. A file that lacks a bound of others
// has its observations in the next larger bound that it has.
func (m *merged) showHistogram(slots []slot) {
	h := &m.histogram
	*h = metric.Histogram{NoSum: true, Buckets: m.buckets[:0]}
	for _, s := range slots {
		v := m.totals.values[s.number]
		if s.part == partSum {
			h.Sum += v
			h.NoSum = false
			continue
		}
		if v > 0 { // not less, nor NaN, which only damage can bring about
			h.Count += v
		}
		if n := len(h.Buckets); n > 0 && h.Buckets[n-1].UpperBound == s.bound {
			h.Buckets[n-1].Count = h.Count
		} else {
			h.Buckets = append(h.Buckets, metric.Bucket{UpperBound: s.bound, Count: h.Count})
		}
	}
	if n := len(h.Buckets); n == 0 || !math.IsInf(h.Buckets[n-1].UpperBound, 1) {
		h.Buckets = append(h.Buckets, metric.Bucket{UpperBound: math.Inf(1), Count: h.Count})
	}
	m.buckets = h.Buckets
	m.sample.Histogram = h
}

func (m *merged) showSummary(slots []slot) {
	m.summary = metric.Summary{}
	for _, s := range slots {
		v := m.totals.values[s.number]
		if s.part == partSum {
			m.summary.Sum += v
		} else if v > 0 {
			m.summary.Count += v
		}
	}
	m.sample.Summary = &m.summary
}

// showGauge reports false for a gauge that was never set where only the time
// could tell which value counts. Several slots are keys that differ in their
// help text alone, or files that name the same process.
func (m *merged) showGauge(slots []slot) bool {
	values, latest := m.totals.values, 0.0
	v := values[slots[0].number]
	for i, s := range slots {
		next := values[s.number]
		switch m.family.mode.Base() {
		case metric.GaugeAll:
			v = next
		case metric.GaugeMin:
			v = smaller(v, next)
		case metric.GaugeMax:
			v = larger(v, next)
		case metric.GaugeSum:
			if i > 0 {
				v += next
			}
		case metric.GaugeMostRecent:
			if t := m.totals.times[s.number]; t > latest {
				v, latest = next, t
			}
		}
	}
	m.sample.Value = v
	if !m.family.recent() {
		return true
	}
	if len(m.extra) > 0 && latest > 0 {
		m.sample.Timestamp, _ = metric.TimestampFloat(latest) // out of range: never set
	}
	return latest > 0
}
