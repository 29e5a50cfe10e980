package mapped

// Words reads the word at each of the offsets, which must be multiples of eight,
// each in one piece.
func (v *View) Words(to []uint64, offsets []uint32) {
	to = to[:len(offsets)]
	for i, offset := range offsets {
		to[i] = v.load(int(offset))
	}
}
