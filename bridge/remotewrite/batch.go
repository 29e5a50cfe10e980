package remotewrite

import "slices"

// kind is what receivers count apart.
type kind uint8

const (
	kindSample kind = iota
	kindHistogram
	kindExemplar
	kinds // their number
)

var kindNames = [kinds]string{
	kindSample:    "sample",
	kindHistogram: "histogram",
	kindExemplar:  "exemplar",
}

// batch is what one request sends: items of one collection.
type batch struct {
	items []item
}

// cost is how many samples the batch counts as.
func (b *batch) cost() (n int) {
	for i := range b.items {
		n += b.items[i].cost()
	}
	return n
}

// counts returns how much of each kind there is.
func (b *batch) counts() (n [kinds]int) {
	for i := range b.items {
		if b.items[i].isNative() {
			n[kindHistogram]++
		} else {
			n[kindSample]++
		}
		n[kindExemplar] += len(b.items[i].exemplars())
	}
	return n
}

// legacy leaves out, and counts, what has no name in version 1.0: two of the names of
// its labels become one there.
func (b *batch) legacy(stats *stats) {
	b.items = slices.DeleteFunc(b.items, func(it item) bool {
		if _, err := toLegacy(it.series.labels); err != nil {
			stats.lost[lostUnnameable].Add(1)
			return true
		}
		if it.more != nil {
			it.more.exemplars = slices.DeleteFunc(it.more.exemplars, func(x exemplar) bool {
				_, err := toLegacy(x.labels)
				if err != nil {
					stats.exemplarsLost.Add(1)
				}
				return err != nil
			})
		}
		return false
	})
}
