package pyfile

import "encoding/binary"

// headerSize is where the first entry begins.
const headerSize = 8

// keySize returns the number of bytes up to the value of an entry: its length
// field, the key, and one to eight spaces.
func keySize(key int64) int64 { return 4 + key + 8 - (key+4)%8 }

// header returns the first word of a file with that many bytes in use.
func header(used int64) uint64 {
	var word [headerSize]byte
	binary.NativeEndian.PutUint32(word[:], uint32(used))
	return binary.NativeEndian.Uint64(word[:])
}

// positions returns the offset of the value of every key, of the last one where
// a key is repeated. The error is a [*DamageError], or [ErrLayout] if the data
// makes sense in the other layout alone.
func positions(data []byte, used int, layout Layout) (map[string]int64, error) {
	found := map[string]int64{}
	walker := NewWalker(data, used, layout, 0)
	var key Key
	for {
		place, ok := walker.Next()
		if !ok {
			break
		}
		text := string(place.Key)
		if key.Parse(text) != nil {
			walker.Reject(place)
			break
		}
		found[text] = int64(place.Value)
	}
	damage := walker.Damage()
	if damage == nil {
		return found, nil
	}
	if other, _, err := Decode(data); err == nil && other != layout {
		return nil, ErrLayout
	}
	return nil, damage
}
