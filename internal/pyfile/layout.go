package pyfile

// Layout is what follows the key of an entry. A file has one layout
// throughout, and readers of one cannot read the other.
type Layout uint8

const (
	// Newer entries end in a value and the Unix time it was set, as in
	// releases of the Python client after 0.16.
	Newer Layout = iota
	// Older entries end in the value alone, as in releases up to 0.16.
	Older
)

// String returns "newer" or "older".
func (l Layout) String() string {
	if l == Older {
		return "older"
	}
	return "newer"
}

// words is the number of 8-byte words behind the key of an entry.
func (l Layout) words() int64 {
	if l == Older {
		return 1
	}
	return 2
}
