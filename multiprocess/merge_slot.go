package multiprocess

import (
	"cmp"

	"polymeter.dev/internal/cell"
)

// part is what a value is in its series.
type part uint8

const (
	partNone    part = iota // nothing that the type has: the key is not used
	partValue               // the value of anything that has just one
	partBucket              // one bucket of a histogram, not cumulative
	partSum                 // the sum of a histogram or summary
	partCount               // the count of a summary
	partIgnored             // the count of a histogram, which follows from its buckets
	partZero                // the zero bucket of native buckets
	partNaN                 // the observations of NaN, which no native bucket has
	partChunk               // cell.ChunkSize native buckets, side by side
)

// slotID tells the values of one series apart. Values of the same slotID, from
// whatever file, are added up.
type slotID struct {
	part part
	// bound is the upper bound of a bucket; of native parts the zero threshold.
	bound float64
	// Of native parts: whether there are classic buckets beside them, which
	// count the same; and which buckets a chunk has.
	classic        bool
	negative       bool
	schema, number int32
}

func (a slotID) compare(b slotID) int {
	return cmp.Or(
		cmp.Compare(a.part, b.part), cmp.Compare(a.bound, b.bound), compareBools(a.classic, b.classic),
		cmp.Compare(a.schema, b.schema), compareBools(a.negative, b.negative), cmp.Compare(a.number, b.number),
	)
}

func compareBools(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	}
	return 1
}

// width is how many cells the values need.
func (a slotID) width() uint32 {
	if a.part == partChunk {
		return cell.ChunkSize
	}
	return 1
}

// slot is where one value of a series is added up.
type slot struct {
	slotID
	cell uint32
}

// nowhere is a cell that nobody reads: what is not shown is added there.
const nowhere = 0
