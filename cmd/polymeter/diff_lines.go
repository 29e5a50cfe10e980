package main

import (
	"math"
	"strconv"

	"polymeter.dev/metric"
)

// familyLine is what a line of a page of text says of a series: a value, or a
// bucket or another part of one. The native buckets of a histogram, which have no
// such line, are one as well.
type familyLine struct {
	key    lineKey
	value  float64
	counts bool // whether the value only goes up
	native *nativeBuckets
	bucket string // the bounds of a native bucket that has changed
}

// lineKey tells the lines of a page apart.
type lineKey struct {
	name   string
	labels metric.Labels
	native bool
}

// ofBucket returns the line of a native bucket of the histogram.
func (l *familyLine) ofBucket(b metric.NativeBucket, count float64) *familyLine {
	return &familyLine{key: l.key, value: count, counts: l.counts, bucket: interval(b)}
}

// equal reports whether two lines say the same. All that is not a number is.
func (l *familyLine) equal(other *familyLine) bool {
	if l.native != nil {
		return l.native.equal(other.native)
	}
	return l.value == other.value || math.IsNaN(l.value) && math.IsNaN(other.value)
}

// familyLines are the lines of a family. Of several points of one series only the
// last counts.
type familyLines struct {
	all   []familyLine
	index map[lineKey]int // made when it is needed
}

// find returns the position of a line, or -1. Mostly it is where it is expected,
// since pages keep their order, and then there is no need for an index.
func (l *familyLines) find(key lineKey, expected int) int {
	if expected >= 0 && expected < len(l.all) && l.all[expected].key == key {
		return expected
	}
	if l.index == nil {
		l.index = make(map[lineKey]int, len(l.all))
		for i := range l.all {
			l.index[l.all[i].key] = i
		}
	}
	if at, found := l.index[key]; found {
		return at
	}
	return -1
}

// add adds a line. One with a timestamp may be a later point of a series that is
// there already.
func (l *familyLines) add(line familyLine, stamped bool) {
	if stamped {
		if at := l.find(line.key, len(l.all)-1); at >= 0 {
			l.all[at] = line
			return
		}
	}
	if l.index != nil {
		l.index[line.key] = len(l.all)
	}
	l.all = append(l.all, line)
}

// count returns how many series there are, with native buckets or without.
func (l *familyLines) count(native bool) int {
	n := 0
	for i := range l.all {
		if l.all[i].native == nil || native {
			n++
		}
	}
	return n
}

// lineReader takes families apart into lines.
type lineReader struct {
	expander metric.Expander
}

func (r *lineReader) read(f metric.Family) (*familyLines, error) {
	lines := new(familyLines)
	desc := f.Desc()
	created := desc.Name + "_created"
	err := f.Each(func(s *metric.Sample) error {
		if s.Name == created && hasStart(desc.Type) {
			return nil
		}
		stamped := !s.Timestamp.IsZero()
		if s.Histogram != nil && s.Histogram.Native != nil {
			line := familyLine{key: lineKey{desc.FullName(), s.Labels, true}, counts: hasStart(desc.Type)}
			line.native = newNativeBuckets(s.Histogram.Native)
			lines.add(line, stamped)
		}
		return r.expander.Each(desc.Type, s, func(p *metric.Part) error {
			line := familyLine{key: lineKey{s.Name, s.Labels, false}, value: p.Value}
			if s.Composite() {
				line.key.name = desc.Name + p.Suffix
			}
			var err error
			if line.key.labels, err = withBound(s.Labels, desc.Type, p); err != nil {
				return err
			}
			line.counts = hasStart(desc.Type) && (desc.Type != metric.TypeSummary || line.key.name != desc.Name)
			lines.add(line, stamped)
			return nil
		})
	})
	return lines, err
}

// hasStart reports whether values of a type go up from a start.
func hasStart(t metric.Type) bool {
	return t == metric.TypeCounter || t == metric.TypeHistogram || t == metric.TypeSummary
}

// withBound returns the labels of a line, with its bound in the one form that all
// formats can be compared in.
func withBound(labels metric.Labels, t metric.Type, p *metric.Part) (metric.Labels, error) {
	if p.BoundName != "" {
		return labels.With(p.BoundName, p.Bound)
	}
	name := boundLabel(t)
	if name == "" {
		return labels, nil
	}
	written, found := labels.Lookup(name)
	bound, err := strconv.ParseFloat(written, 64)
	if !found || err != nil || metric.FormatFloat(bound) == written {
		return labels, nil
	}
	return labels.With(name, metric.FormatFloat(bound))
}

// boundLabel is the label that formats add to series of a type, or "".
func boundLabel(t metric.Type) string {
	switch t {
	case metric.TypeHistogram, metric.TypeGaugeHistogram:
		return "le"
	case metric.TypeSummary:
		return "quantile"
	}
	return ""
}
