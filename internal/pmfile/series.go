package pmfile

import "encoding/binary"

// Label is a label of a series that its family does not declare.
type Label struct{ Name, Value string }

// Series is the payload of a series.
type Series struct {
	// Family is the offset of the family.
	Family int
	// Values has a value for each label name of the family.
	Values []string
	// More has further labels.
	More []Label
}

// AppendSeries appends the payload of a series.
func AppendSeries(dst []byte, family int64, values []string, more []Label) []byte {
	dst = appendOffset(dst, family)
	dst = binary.NativeEndian.AppendUint32(dst, uint32(len(more)))
	dst = append(dst, 0, 0, 0, 0)
	for _, value := range values {
		dst = appendText(dst, value)
	}
	for _, l := range more {
		dst = appendText(appendText(dst, l.Name), l.Value)
	}
	return dst
}

// Parse reads the payload of a series of a family with so many label names, and
// reports whether it is one. It reuses the slices of an earlier series, not its
// strings.
func (s *Series) Parse(payload []byte, labelNames int) bool {
	r := reader{rest: payload}
	s.Family = r.offset()
	more := r.count(2 * 4)
	r.zero(4)
	s.Values = r.texts(s.Values[:0], labelNames)
	s.More = s.More[:0]
	for range more {
		if r.bad {
			break
		}
		s.More = append(s.More, Label{Name: r.text(), Value: r.text()})
	}
	return r.done()
}

// SeriesFamily returns the offset of the family of a series.
func SeriesFamily(payload []byte) (int, bool) {
	r := reader{rest: payload}
	family := r.offset()
	return family, !r.bad
}

// SeriesBody returns what follows the family in the payload of a series: within
// a family, the same bytes are the same labels.
func SeriesBody(payload []byte) []byte {
	return payload[min(len(payload), wordSize):]
}
