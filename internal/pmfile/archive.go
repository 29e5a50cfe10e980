package pmfile

// AppendAddends appends the payload of addends: the float64 cells are theirs,
// up to the record's end.
func AppendAddends(dst []byte, series int64) []byte { return appendOffset(dst, series) }

// ParseAddends reads the payload of addends, the offset of their series, and
// reports whether it is one.
func ParseAddends(payload []byte) (series int, ok bool) {
	r := reader{rest: payload}
	series = r.offset()
	return series, r.done()
}

// AppendAbsorbed appends the payload with names of files whose values are in an
// archive.
func AppendAbsorbed(dst []byte, names []string) []byte {
	for _, name := range names {
		dst = appendBytes(dst, name)
	}
	return dst
}

// ParseAbsorbed reads the names of files whose values are in an archive, and
// reports whether that is what the payload has.
func ParseAbsorbed(payload []byte) ([]string, bool) {
	r := reader{rest: payload}
	var names []string
	for len(r.rest) > 0 {
		names = append(names, r.bytes())
	}
	if r.bad {
		return nil, false
	}
	return names, true
}
