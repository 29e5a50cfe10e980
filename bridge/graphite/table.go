package graphite

import (
	"maps"
	"sync/atomic"
)

// series is one as the receiver knows it.
type series struct {
	path  string
	turn  uint64 // the last collection that it was in
	time  int64  // of its newest sample, in seconds
	value float64
	timed bool // its samples have timestamps of their own
}

// known is a series in terms of what is collected.
type known struct {
	series *series
	turn   uint64 // the last collection that it was in
}

// table knows the series of the last collection, in terms of what is collected and in
// terms of the receiver. Different ones there can have one path here. It belongs to the
// collection that has its turn.
type table struct {
	paths  paths
	turn   uint64 // number of the collection
	byKey  map[seriesKey]*known
	byPath map[string]*series
	count  atomic.Int64 // series, for those who have no turn
}

func newTable(o *Options) *table {
	return &table{paths: newPaths(o), byKey: make(map[seriesKey]*known), byPath: make(map[string]*series)}
}

// get returns a series that is in the collection.
func (t *table) get(key seriesKey, boundName string) (*series, error) {
	k, found := t.byKey[key]
	if !found {
		path, err := t.paths.of(key, boundName)
		if err != nil {
			return nil, err
		}
		k = &known{series: t.byPath[path]}
		if k.series == nil {
			k.series = &series{path: path}
			t.byPath[path] = k.series
		}
		t.byKey[key] = k
	}
	k.turn = t.turn
	return k.series, nil
}

// sweep forgets the series that were not in the last collection.
func (t *table) sweep() {
	maps.DeleteFunc(t.byKey, func(_ seriesKey, k *known) bool { return k.turn != t.turn })
	maps.DeleteFunc(t.byPath, func(_ string, s *series) bool { return s.turn != t.turn })
	t.count.Store(int64(len(t.byPath)))
}
