package remotewrite

import (
	"hash/maphash"
	"maps"
	"math"
	"slices"
	"sync/atomic"

	"polymeter.dev/metric"
)

// seriesKey says which series a sample belongs to, in terms of what is collected.
type seriesKey struct {
	name, suffix string
	bound        string // the le of a bucket, or the quantile
	labels       metric.Labels
}

// series is one as the receiver knows it. What senders read is never changed; the
// rest belongs to the collection that has its turn.
type series struct {
	labels []label
	shard  int

	next     *series // of the same hash
	hash     uint64
	seen     uint64 // the last collection that it was in
	last     int64  // milliseconds of its newest sample
	timed    bool   // its samples have timestamps of their own
	native   bool   // its samples are native histograms
	family   *family
	exemplar *exemplarMark // the newest that was sent

	batch uint64 // the last that it was in; belongs to the shard
}

// known is a series in terms of what is collected.
type known struct {
	series *series
	seen   uint64 // the last collection that it was in
}

// family is what metadata says about a metric.
type family struct {
	name, help, unit string
	typ              metric.Type
	seen             uint64

	told atomic.Int64 // when its metadata was last sent in version 1.0, Unix seconds
}

// table knows the series of the last collection, in terms of what is collected and
// in terms of the receiver. Different ones there can be the same here, since labels
// without a value do not count, and escaping and added labels make some equal.
type table struct {
	escaping metric.Escaping
	added    []label // to series that lack them
	shards   int
	seed     maphash.Seed

	turn     uint64 // number of the collection
	byKey    map[seriesKey]*known
	byHash   map[uint64]*series
	families map[string]*family
	count    atomic.Int64 // series, for those who have no turn
}

func newTable(o *Options) *table {
	t := &table{
		escaping: o.escaping(), shards: o.Shards, seed: maphash.MakeSeed(),
		byKey: make(map[seriesKey]*known), byHash: make(map[uint64]*series), families: make(map[string]*family),
	}
	for _, name := range slices.Sorted(maps.Keys(o.Labels)) {
		if value := o.Labels[name]; value != "" {
			t.added = append(t.added, label{t.escaping.EscapeLabelName(name), value})
		}
	}
	return t
}

// get returns a series. It fails when two of its labels have the same name.
func (t *table) get(key seriesKey, boundName string) (*series, error) {
	if k, found := t.byKey[key]; found {
		k.seen = t.turn
		return k.series, nil
	}
	labels, err := t.labels(key, boundName)
	if err != nil {
		return nil, err
	}
	hash := t.hashOf(labels)
	s := t.byHash[hash]
	for s != nil && !slices.Equal(s.labels, labels) {
		s = s.next
	}
	if s == nil {
		s = &series{labels: labels, hash: hash, shard: int(hash % uint64(t.shards)), last: math.MinInt64, next: t.byHash[hash]}
		t.byHash[hash] = s
		t.count.Add(1)
	}
	t.byKey[key] = &known{s, t.turn}
	return s, nil
}

// labels returns the whole set of labels of a series.
func (t *table) labels(key seriesKey, boundName string) ([]label, error) {
	labels := make([]label, 0, key.labels.Len()+len(t.added)+2)
	labels = append(labels, label{nameLabel, t.escaping.EscapeMetricName(key.name) + key.suffix})
	labels = appendLabels(labels, key.labels, t.escaping)
	if boundName != "" {
		labels = append(labels, label{boundName, key.bound})
	}
	own := labels
	for _, add := range t.added {
		if !slices.ContainsFunc(own, func(l label) bool { return l.name == add.name }) {
			labels = append(labels, add)
		}
	}
	return labels, sortLabels(labels)
}

func (t *table) hashOf(labels []label) uint64 {
	var h maphash.Hash
	h.SetSeed(t.seed)
	for _, l := range labels {
		h.WriteString(l.name)
		h.WriteByte(0xff) // which no UTF-8 has
		h.WriteString(l.value)
		h.WriteByte(0xff)
	}
	return h.Sum64()
}

// familyOf returns what metadata says, a new one when that has changed: senders may
// be reading the old.
func (t *table) familyOf(d *metric.Desc) *family {
	name := t.escaping.EscapeMetricName(d.FullName())
	f := t.families[name]
	if f == nil || f.help != d.Help || f.unit != d.Unit || f.typ != d.Type {
		f = &family{name: name, help: d.Help, unit: d.Unit, typ: d.Type}
		t.families[name] = f
	}
	f.seen = t.turn
	return f
}

// begin starts a collection.
func (t *table) begin() { t.turn++ }

// sweep forgets the series that were not in the last collection, and passes them to
// gone.
func (t *table) sweep(gone func(*series)) {
	for key, k := range t.byKey {
		if k.seen == t.turn {
			continue
		}
		delete(t.byKey, key)
		if s := k.series; s.seen != t.turn && t.remove(s) {
			gone(s)
		}
	}
	maps.DeleteFunc(t.families, func(_ string, f *family) bool { return f.seen != t.turn })
}

// remove takes a series out of those with its hash, and reports whether it was among
// them: with several keys it is removed once.
func (t *table) remove(s *series) bool {
	first := t.byHash[s.hash]
	if first == s {
		if s.next == nil {
			delete(t.byHash, s.hash)
		} else {
			t.byHash[s.hash] = s.next
		}
		t.count.Add(-1)
		return true
	}
	for other := first; other != nil; other = other.next {
		if other.next == s {
			other.next = s.next
			t.count.Add(-1)
			return true
		}
	}
	return false
}
