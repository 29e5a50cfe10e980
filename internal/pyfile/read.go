package pyfile

import (
	"encoding/binary"
	"math"
)

// Record is one entry of a file with its values.
type Record struct {
	// Offset is where the entry begins.
	Offset int64
	Key    Key
	Value  float64
	// Time is when the value was set, in seconds since the Unix epoch; zero
	// when that was never recorded, and always in the Older layout.
	Time float64
}

// Decode reads the bytes of a file. With a [*DamageError] come the records
// before the damage. The layout of a file without records is Newer.
func Decode(data []byte) (Layout, []Record, error) {
	if len(data) == 0 {
		return Newer, nil, nil
	}
	if len(data) < headerSize {
		return Newer, nil, &DamageError{Reason: reasonShort}
	}
	used, damage := Used(binary.NativeEndian.Uint64(data), int64(len(data)))
	if damage != nil {
		return Newer, nil, damage
	}
	layout := Newer
	records, damage := decode(data, used, Newer)
	if damage != nil {
		older, olderDamage := decode(data, used, Older)
		if Better(len(older), olderDamage, len(records), damage) {
			layout, records, damage = Older, older, olderDamage
		}
	}
	if damage != nil {
		return layout, records, damage
	}
	return layout, records, nil
}

func decode(data []byte, used int, layout Layout) ([]Record, *DamageError) {
	walker := NewWalker(data, used, layout, 0)
	var records []Record
	for {
		place, ok := walker.Next()
		if !ok {
			return records, walker.Damage()
		}
		r := Record{Offset: int64(place.Offset), Value: float(data, place.Value)}
		if err := r.Key.Parse(string(place.Key)); err != nil {
			walker.Reject(place)
			continue
		}
		if layout == Newer {
			r.Time = float(data, place.Value+wordSize)
		}
		records = append(records, r)
	}
}

func float(data []byte, offset int) float64 {
	return math.Float64frombits(binary.NativeEndian.Uint64(data[offset:]))
}

// TooShort is the damage of a file that has contents, but not a whole header.
func TooShort() *DamageError { return &DamageError{Reason: reasonShort} }
