package multiprocess

import "slices"

// record says which keys a file lists, and where their values are. Files that
// list the same keys at the same places share the memory: it is never changed,
// only extended.
type record struct {
	keys   []uint32
	values []uint32 // offsets
}

func (r *record) len() int { return len(r.keys) }

// add appends an entry. As long as r equals the beginning of like, it is that.
func (r *record) add(key, value uint32, like *record) {
	n := len(r.keys)
	if n < len(like.keys) && like.keys[n] == key && like.values[n] == value && r.begins(like) {
		r.keys, r.values = like.keys[:n+1:n+1], like.values[:n+1:n+1]
		return
	}
	r.keys, r.values = append(r.keys, key), append(r.values, value)
}

// share makes r a part of like if that begins with the same entries.
func (r *record) share(like *record) {
	n := len(r.keys)
	if n <= len(like.keys) && slices.Equal(r.keys, like.keys[:n]) && slices.Equal(r.values, like.values[:n]) {
		r.keys, r.values = like.keys[:n:n], like.values[:n:n]
	}
}

// begins reports whether r is, in the same memory, the beginning of like.
func (r *record) begins(like *record) bool {
	return len(r.keys) == 0 || &r.keys[0] == &like.keys[0]
}

// identity is the same for records that share their memory and length.
type identity struct {
	first *uint32
	n     int
}

func (r *record) identity() identity {
	if len(r.keys) == 0 {
		return identity{}
	}
	return identity{&r.keys[0], len(r.keys)}
}

// renumber gives the keys of all files other numbers. Records that share their
// memory still do.
func (r *reader) renumber(numbers []uint32) {
	renumbered := make(map[identity]record)
	for _, f := range r.files {
		id := f.record.identity()
		other, done := renumbered[id]
		if !done {
			other = record{keys: make([]uint32, f.record.len()), values: f.record.values}
			for i, number := range f.record.keys {
				other.keys[i] = numbers[number]
			}
			renumbered[id] = other
		}
		f.record = other
	}
}
