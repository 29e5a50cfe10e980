package pmfile

import (
	"encoding/binary"
	"math"

	"polymeter.dev/metric"
)

// ExemplarRecord is the payload of an exemplar.
type ExemplarRecord struct {
	// Series is the offset of the series.
	Series int
	// Slot is a number that the writer chose.
	Slot uint32
	// Capacity is how many bytes of labels there is room for.
	Capacity int
}

// AppendExemplar appends the payload of an exemplar.
func AppendExemplar(dst []byte, series int64, slot uint32, capacity int) []byte {
	dst = appendOffset(dst, series)
	dst = binary.NativeEndian.AppendUint32(dst, slot)
	return binary.NativeEndian.AppendUint32(dst, uint32(capacity))
}

// ParseExemplar reads the payload of an exemplar and reports whether it is one.
func ParseExemplar(payload []byte) (ExemplarRecord, bool) {
	r := reader{rest: payload}
	e := ExemplarRecord{Series: r.offset(), Slot: r.uint32()}
	capacity := r.uint32()
	if !r.done() || capacity%wordSize != 0 || capacity > maxRecord {
		return ExemplarRecord{}, false
	}
	e.Capacity = int(capacity)
	return e, true
}

// The cells of an exemplar before its labels.
const (
	sequenceCell = iota
	valueCell
	timeCell
	lengthCell
)

// ReadExemplar reads the exemplar whose first cell is at the offset cells, and
// for which there is room for so many cells. load must read the word at an
// offset in one piece. The result is false while the exemplar is being written,
// when it never was, and when it makes no sense.
func ReadExemplar(load func(offset int) uint64, cells, room int) (metric.Exemplar, bool) {
	if room < exemplarCellsBefore {
		return metric.Exemplar{}, false
	}
	word := func(i int) uint64 { return load(cells + i*wordSize) }
	sequence := word(sequenceCell)
	if sequence == 0 || sequence%2 != 0 {
		return metric.Exemplar{}, false
	}
	e := metric.Exemplar{Value: math.Float64frombits(word(valueCell))}
	if t := int64(word(timeCell)); t != 0 {
		e.Timestamp = metric.NewTimestamp(0, t)
	}
	length := word(lengthCell)
	if length > uint64(room-exemplarCellsBefore)*wordSize {
		return metric.Exemplar{}, false
	}
	text := make([]byte, 0, padded(int64(length)))
	for i := range int(padded(int64(length))) / wordSize {
		text = binary.NativeEndian.AppendUint64(text, word(exemplarCellsBefore+i))
	}
	if word(sequenceCell) != sequence {
		return metric.Exemplar{}, false
	}
	var ok bool
	e.Labels, ok = parseLabels(text[:length])
	return e, ok
}

// parseLabels reads labels that stand as texts, name and value in turn.
func parseLabels(text []byte) (metric.Labels, bool) {
	r := reader{rest: text}
	var names, values []string
	for len(r.rest) > 0 {
		names, values = append(names, r.text()), append(values, r.text())
	}
	if r.bad {
		return metric.Labels{}, false
	}
	labels, err := metric.MakeLabels(names, values)
	return labels, err == nil
}

// appendLabels is the opposite of parseLabels.
func appendLabels(dst []byte, labels metric.Labels) []byte {
	for name, value := range labels.All() {
		dst = appendBytes(appendBytes(dst, name), value)
	}
	return dst
}

// exemplarTime returns a time as a cell has it; zero for one that is absent or
// beyond what fits.
func exemplarTime(t metric.Timestamp) uint64 {
	const limit = math.MaxInt64/1_000_000_000 - 1
	if t.IsZero() || t.Seconds() > limit || t.Seconds() < -limit {
		return 0
	}
	return uint64(t.Seconds()*1e9 + int64(t.Nanoseconds()))
}
