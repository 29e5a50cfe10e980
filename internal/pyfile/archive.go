package pyfile

import (
	"encoding/binary"
	"math"

	"polymeter.dev/internal/exact"
)

// ArchiveEntry is an entry of an archive.
type ArchiveEntry struct {
	Key         string
	Value, Time float64
	// Parts are floats whose exact sum is the value before it was rounded; nil
	// when it is exact as it is.
	Parts []float64
}

// AppendArchive appends a whole archive, which is an ordinary file with an
// appendix behind its bytes in use. The exact sums of the appendix are those of
// the entries. [ErrFileFull] means that there are too many of them.
func AppendArchive(dst []byte, layout Layout, entries []ArchiveEntry, a *Appendix) ([]byte, error) {
	start := len(dst)
	dst = binary.NativeEndian.AppendUint64(dst, 0)
	sums := make([]Exact, 0, len(entries))
	for i := range entries {
		e := &entries[i]
		dst = appendEntry(dst, e.Key, layout)
		value := len(dst) - int(layout.words())*wordSize
		binary.NativeEndian.PutUint64(dst[value:], math.Float64bits(e.Value))
		if layout == Newer {
			binary.NativeEndian.PutUint64(dst[value+wordSize:], math.Float64bits(e.Time))
		}
		if e.Parts != nil {
			sums = append(sums, Exact{int64(value - start), e.Parts})
		}
		if int64(len(dst)-start) > maxUsed {
			return nil, ErrFileFull
		}
	}
	binary.NativeEndian.PutUint64(dst[start:], header(int64(len(dst)-start)))
	whole := *a
	whole.Sums = sums
	return append(dst, appendAppendix(dst[start:], &whole)...), nil
}

// ExactRow is a row of an archive with its value as it was before it was
// rounded.
type ExactRow struct {
	Row
	Sum exact.Sum
}

// Archive is the content of an archive.
type Archive struct {
	Appendix
	Layout Layout
	// Sure is false when there are no entries to tell the layout by.
	Sure bool
	Rows []ExactRow
}

// DecodeArchive reads the bytes of an archive. With damage comes what can be
// used nevertheless: the entries before it, and the appendix if that is whole.
func DecodeArchive(data []byte) (*Archive, *DamageError) {
	rows, layout, sure, damage := Rows(data)
	a := &Archive{Layout: layout, Sure: sure, Rows: make([]ExactRow, len(rows))}
	used, _ := usedOf(data)
	appendix, appendixDamage := ParseAppendix(data, used)
	if appendix != nil {
		a.Appendix = *appendix
	}
	sums := a.Sums
	for i, row := range rows {
		a.Rows[i].Row = row
		if len(sums) > 0 && sums[0].Offset == row.Offset {
			for _, part := range sums[0].Parts {
				a.Rows[i].Sum.Add(part)
			}
			sums = sums[1:]
			continue
		}
		a.Rows[i].Sum.Add(row.Value)
	}
	if damage == nil {
		damage = appendixDamage
	}
	if damage == nil && len(sums) > 0 {
		damage = &DamageError{Offset: int64(used), Reason: reasonSum}
	}
	return a, damage
}
