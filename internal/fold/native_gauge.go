package fold

import (
	"slices"

	"polymeter.dev/internal/pmfile"
	"polymeter.dev/metric"
)

// The label that tells the gauges of processes apart: the first, unless that is
// a label of the application's own.
const (
	pidLabel      = "pid"
	otherPIDLabel = "process_id"
)

// gauge is a value that does not add up, and its time.
type gauge struct {
	value float64
	stamp int64
}

// addGauge adds a gauge, or a value of unknown type, by its mode.
func (t *totals) addGauge(f *family, c *content, from *counted, source source) {
	if c.word(from.cells) > stateReset {
		return
	}
	g := gauge{c.float(valueAt(from, 0)), pmfile.Stamp(c.word(valueAt(from, 1)))}
	switch f.Mode.Base() {
	case metric.GaugeAll:
		t.addOwn(f, from.payload, g, source)
	case metric.GaugeMostRecent:
		if g.stamp == 0 {
			return // never set
		}
		if to := f.of(from.payload); to.gauge == nil || g.stamp > to.gauge.stamp {
			to.gauge = &g
		}
	case metric.GaugeSum:
		to := f.of(from.payload)
		to.setGauge(g)
		f.addFloat(to, c, from)
	case metric.GaugeMin:
		to := f.of(from.payload)
		if to.setGauge(g); g.value < to.gauge.value || to.gauge.value != to.gauge.value {
			to.gauge.value = g.value // NaN gives way to every number
		}
	case metric.GaugeMax:
		to := f.of(from.payload)
		if to.setGauge(g); g.value > to.gauge.value || to.gauge.value != to.gauge.value {
			to.gauge.value = g.value
		}
	}
}

// setGauge makes it the gauge if there is none yet, and keeps the later time.
func (s *series) setGauge(g gauge) {
	if s.gauge == nil {
		s.gauge = &g
	}
	s.gauge.stamp = max(s.gauge.stamp, g.stamp)
}

// addOwn adds a gauge that each process shows for itself. In an archive it has
// its process's identifier as a label, and the time of folding as its own, which
// says when it has been there for long enough.
func (t *totals) addOwn(f *family, payload []byte, g gauge, from source) {
	if from.archive {
		if t.over(g.stamp) {
			t.expired = true
			return
		}
	} else {
		if t.retention == 0 {
			return
		}
		g.stamp = t.now
		payload = withPID(f, payload, from.identifier)
	}
	f.of(payload).gauge = &g
}

// over reports whether something that happened at that time is kept no longer.
func (t *totals) over(then int64) bool { return t.now-then >= t.retention }

// withPID returns the payload of a series with the label that tells processes
// apart.
func withPID(f *family, payload []byte, identifier string) []byte {
	var s pmfile.Series
	s.Parse(payload, len(f.LabelNames))
	name := pidLabel
	if hasLabel(f, &s, name) {
		name = otherPIDLabel
	}
	if i := slices.Index(f.LabelNames, name); i >= 0 {
		s.Values[i] = identifier
	} else {
		s.More = slices.DeleteFunc(s.More, func(l pmfile.Label) bool { return l.Name == name })
		s.More = append(s.More, pmfile.Label{Name: name, Value: identifier})
	}
	return pmfile.AppendSeries(nil, int64(s.Family), s.Values, s.More)
}

// hasLabel reports whether a series has the label; an empty value is none.
func hasLabel(f *family, s *pmfile.Series, name string) bool {
	if i := slices.Index(f.LabelNames, name); i >= 0 && s.Values[i] != "" {
		return true
	}
	return slices.ContainsFunc(s.More, func(l pmfile.Label) bool { return l.Name == name && l.Value != "" })
}
