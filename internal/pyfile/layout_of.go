package pyfile

import "encoding/binary"

// LayoutOf tells the layout of a file by the beginning of its bytes, as [Rows]
// tells it by all of them. Sure is false when no entry is whole there.
func LayoutOf(beginning []byte) (layout Layout, sure bool) {
	if len(beginning) < headerSize {
		return Newer, false
	}
	// What is in use of the whole file is not known to be there.
	used := max(int(int32(binary.NativeEndian.Uint32(beginning))), 0)
	newer, newerDamage := countEntries(beginning, used, Newer)
	older, olderDamage := countEntries(beginning, used, Older)
	if newerDamage != nil && Better(older, olderDamage, newer, newerDamage) {
		return Older, older > 0
	}
	return Newer, newer > 0
}

// countEntries counts the entries that make sense in a layout. That they go on
// behind the bytes there are is no damage.
func countEntries(beginning []byte, used int, layout Layout) (int, *DamageError) {
	walker := NewWalker(beginning, used, layout, 0)
	var key Key
	n := 0
	for {
		place, ok := walker.Next()
		if !ok {
			break
		}
		if key.Parse(string(place.Key)) != nil {
			walker.Reject(place)
			break
		}
		n++
	}
	if damage := walker.Damage(); damage != nil && damage.Reason != reasonCut {
		return n, damage
	}
	return n, nil
}
