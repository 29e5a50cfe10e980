package pmfile

import (
	"slices"
	"time"
)

const (
	// settling is how long after a deletion nobody can still be about to use
	// the deleted cells.
	settling = time.Minute
	// maxDigs is how many graves are opened for one record.
	maxDigs = 16
)

// rooms knows what may be written over, now or later.
type rooms struct {
	// free has the offsets of free records by their size, ascending.
	free map[int64][]int64
	// graves are the deleted series, the oldest first.
	graves []grave
	// parts has the chunks and exemplars of each series that has any.
	parts map[int64][]int64
}

type grave struct {
	series int64
	since  time.Time
}

func newRooms() rooms {
	return rooms{free: map[int64][]int64{}, parts: map[int64][]int64{}}
}

// belong says that a record is a part of a series.
func (r *rooms) belong(series, part int64) { r.parts[series] = append(r.parts[series], part) }

// put adds a free record.
func (r *rooms) put(offset, size int64) {
	list := r.free[size]
	i, _ := slices.BinarySearch(list, offset)
	r.free[size] = slices.Insert(list, i, offset)
}

// take gives away the first free record of about the given size that is behind
// another one: a record refers only to those before it.
func (r *rooms) take(size, after int64) (offset, actual int64, ok bool) {
	for actual = size; actual <= size+size/4; actual += recordUnit {
		list := r.free[actual]
		i, _ := slices.BinarySearch(list, after)
		if i == len(list) {
			continue
		}
		offset = list[i]
		if i == 0 {
			r.free[actual] = list[1:]
		} else {
			r.free[actual] = slices.Delete(list, i, i+1)
		}
		return offset, actual, true
	}
	return 0, 0, false
}

// bury notes a deleted series.
func (r *rooms) bury(series int64, now time.Time) { r.graves = append(r.graves, grave{series, now}) }

// open returns the series that was deleted first, once nobody uses it.
func (r *rooms) open(now func() time.Time) (series int64, ok bool) {
	if len(r.graves) == 0 || now().Sub(r.graves[0].since) < settling {
		return 0, false
	}
	series = r.graves[0].series
	r.graves = r.graves[1:]
	return series, true
}

// takeParts gives away the parts of a series.
func (r *rooms) takeParts(series int64) []int64 {
	parts := r.parts[series]
	delete(r.parts, series)
	return parts
}
