package metric

// list is a growing list of which items hardly ever move: a slice of very many is
// copied several times until it has all of them. Its memory can be used again.
type list[T any] struct {
	chunks [][]T // all but the first have chunkLen items
	n      int
}

const (
	chunkShift = 9
	chunkLen   = 1 << chunkShift
)

// len returns the number of items.
func (l *list[T]) len() int { return l.n }

// at returns the i-th item.
func (l *list[T]) at(i int) *T { return &l.chunks[i>>chunkShift][i&(chunkLen-1)] }

// add adds an item.
func (l *list[T]) add(item T) {
	if l.n>>chunkShift == len(l.chunks) || l.n < chunkLen && l.n == len(l.chunks[0]) {
		l.grow()
	}
	*l.at(l.n) = item
	l.n++
}

// grow makes room for another item at least. The first chunk starts small, as most
// lists stay.
func (l *list[T]) grow() {
	const least = 4
	switch {
	case len(l.chunks) == 0:
		l.chunks = append(l.chunks, make([]T, least))
	case l.n < chunkLen:
		first := make([]T, 2*len(l.chunks[0]))
		copy(first, l.chunks[0])
		l.chunks[0] = first
	default:
		l.chunks = append(l.chunks, make([]T, chunkLen))
	}
}

// reset removes all items and keeps the memory.
func (l *list[T]) reset() { l.n = 0 }
