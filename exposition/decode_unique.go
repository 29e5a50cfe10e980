package exposition

import (
	"fmt"
	"hash/maphash"

	"polymeter.dev/metric"
)

// unsettledSeries is a sample of the current family of which it is not known yet whether
// another has its series and timestamp.
type unsettledSeries struct {
	hash  uint64
	index int // of the sample in the family
	line  int
}

// mostUnsettled is how many samples are looked up together. In a family of many series
// each of them is elsewhere in memory; that the processor can wait for all of these places
// at once makes reading a page a sixth faster.
const mostUnsettled = 16

// unique reports whether a sample, which is about to be added, is to be taken. One whose
// series and timestamp another has is an error, which may be found when further lines have
// been read, unless it is to be read over.
func (f *familyReader) unique(s *metric.Sample) bool {
	if f.lenient.has(LenientDuplicates) {
		// Comparing with every sample is for one duplicate, not for a page of them:
		// the hash must do, whose 64 bits nobody can foresee.
		return !f.known.add(s.Name, s.Labels.Text(), s.Timestamp)
	}
	if len(f.unsettled) == mostUnsettled {
		f.settle()
	}
	f.unsettled = append(f.unsettled, unsettledSeries{f.known.hash(s.Name, s.Labels.Text(), s.Timestamp), f.samples, f.number})
	return true
}

// settle finds out whether one of the samples that are not settled was there before. That
// is an error, and comes before any other that has been found: its line does.
func (f *familyReader) settle() {
	f.known.reserve(len(f.unsettled))
	f.known.touch(f.unsettled)
	for _, u := range f.unsettled {
		if f.known.insert(u.hash) {
			continue
		}
		if series, twice := f.repeats(u.index); twice {
			f.err = &DecodeError{Line: u.line, Column: 1, Reason: fmt.Sprintf("the series %s is there twice", series)}
			break
		}
	}
	f.unsettled = f.unsettled[:0]
}

// repeats reports whether a sample has the series and timestamp of one before it: two may
// have one hash.
func (f *familyReader) repeats(index int) (series string, twice bool) {
	var sample metric.Sample
	f.eachUntil(index+1, func(s *metric.Sample) { sample = *s })
	f.eachUntil(index, func(s *metric.Sample) {
		twice = twice || s.Name == sample.Name && s.Labels == sample.Labels && s.Timestamp == sample.Timestamp
	})
	return sample.Name + sample.Labels.String(), twice
}

// eachUntil visits the first n samples of the current family.
func (f *familyReader) eachUntil(n int, visit func(*metric.Sample)) {
	_ = f.family.Each(func(s *metric.Sample) error { // which returns what this does
		if n--; n >= 0 {
			visit(s)
		}
		return nil
	})
}

// seriesSet is a set of series, of which it only keeps hashes.
type seriesSet struct {
	seed  maphash.Seed
	slots []uint64 // by hash, 0 for none; at most half of them are taken
	taken int

	touched uint64 // means nothing, but that touch is not left out
}

func (s *seriesSet) reset() {
	const keep = 1 << 14
	if s.taken == 0 {
		return
	}
	s.taken = 0
	if len(s.slots) > keep {
		s.slots = nil // and the next hash has another seed
	}
	clear(s.slots)
}

// add adds a series, and reports whether one with its hash was there before.
func (s *seriesSet) add(name, labels string, t metric.Timestamp) bool {
	hash := s.hash(name, labels, t)
	s.reserve(1)
	return !s.insert(hash)
}

// hash returns the hash of a series, which is never 0.
func (s *seriesSet) hash(name, labels string, t metric.Timestamp) uint64 {
	if s.slots == nil {
		s.seed, s.slots = maphash.MakeSeed(), make([]uint64, 64)
	}
	hash := maphash.String(s.seed, labels) ^ uint64(len(name))*0x9E3779B97F4A7C15
	if !t.IsZero() { // nobody must be able to choose times that have one hash
		hash ^= maphash.Comparable(s.seed, t)
	}
	return max(hash, 1)
}

// reserve makes room for n series.
func (s *seriesSet) reserve(n int) {
	for 2*(s.taken+n) > len(s.slots) {
		s.grow()
	}
}

// insert adds a hash, and reports whether it was not there before.
func (s *seriesSet) insert(hash uint64) bool {
	if !s.place(hash) {
		return false
	}
	s.taken++
	return true
}

func (s *seriesSet) place(hash uint64) bool {
	mask := uint64(len(s.slots) - 1)
	for i := hash & mask; ; i = (i + 1) & mask {
		switch s.slots[i] {
		case 0:
			s.slots[i] = hash
			return true
		case hash:
			return false
		}
	}
}

func (s *seriesSet) grow() {
	old := s.slots
	s.slots = make([]uint64, max(64, 4*len(old)))
	for _, hash := range old {
		if hash != 0 {
			s.place(hash)
		}
	}
}

// touch has the processor fetch the slots of series that are about to be inserted.
func (s *seriesSet) touch(series []unsettledSeries) {
	mask := uint64(len(s.slots) - 1)
	for i := range series {
		s.touched += s.slots[series[i].hash&mask]
	}
}
