package pyfile

import (
	"encoding/binary"
)

// Row is an entry with its key as it is written, which is what a series is known
// by when files are folded.
type Row struct {
	Key string
	// Parsed is what the key says; its strings share the memory of Key.
	Parsed Key
	// Offset is where the value is.
	Offset      int64
	Value, Time float64
}

// Rows reads the bytes of a file, in the layout that fits them; sure is false
// when there are no entries to tell it by. What is before the damage, if there
// is any, can be used.
func Rows(data []byte) (rows []Row, layout Layout, sure bool, damage *DamageError) {
	used, damage := usedOf(data)
	if damage != nil {
		return nil, Newer, false, damage
	}
	rows, damage = rowsIn(data, used, Newer)
	if damage != nil {
		older, olderDamage := rowsIn(data, used, Older)
		if Better(len(older), olderDamage, len(rows), damage) {
			return older, Older, len(older) > 0, olderDamage
		}
	}
	return rows, Newer, len(rows) > 0, damage
}

// usedOf returns the number of bytes in use; of a file that is still being made,
// zero.
func usedOf(data []byte) (int, *DamageError) {
	switch {
	case len(data) == 0:
		return 0, nil
	case len(data) < headerSize:
		return 0, TooShort()
	}
	return Used(binary.NativeEndian.Uint64(data), int64(len(data)))
}

func rowsIn(data []byte, used int, layout Layout) ([]Row, *DamageError) {
	walker := NewWalker(data, used, layout, 0)
	var rows []Row
	for {
		place, ok := walker.Next()
		if !ok {
			return rows, walker.Damage()
		}
		row := Row{Key: string(place.Key), Offset: int64(place.Value), Value: float(data, place.Value)}
		if row.Parsed.Parse(row.Key) != nil {
			walker.Reject(place)
			continue
		}
		if layout == Newer {
			row.Time = float(data, place.Value+wordSize)
		}
		rows = append(rows, row)
	}
}
