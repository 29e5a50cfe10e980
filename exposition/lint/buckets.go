package lint

import (
	"fmt"
	"math"
	"strconv"

	"polymeter.dev/metric"
)

// bucketState is what is known of the buckets of a family of histograms.
type bucketState struct {
	run bucketRun
	// runs has the hashes of the series that had buckets, as far as they are
	// remembered. One that comes again is scattered over the page, and then
	// nothing can be said of the buckets of one series.
	runs      map[uint64]struct{}
	scattered bool

	any, finite, inf bool // that a series has some, a finite one, one at +Inf
	native           bool
	// observations of all series, and how many are in the first bucket and
	// below the last finite bound.
	observations, first, within float64
	// vague says that the first bucket has a right to hold everything.
	vague bool
}

// bucketRun is what is known of the buckets of one series, seen one by one.
type bucketRun struct {
	open     bool
	key      uint64
	labels   metric.Labels // of the first bucket
	n        int
	bound    float64 // the last ones
	count    float64
	first    metric.Bucket
	within   float64 // the count of the last finite bucket
	finite   int
	infinite bool
}

// histogram looks at a histogram in composite form.
func (s *familyState) histogram(p *metric.Sample) {
	h := p.Histogram
	s.counterValue(p, "count", h.Count)
	s.buckets.native = s.buckets.native || h.Native != nil
	s.lines += max(len(h.Buckets), 1)
	if !h.NoSum {
		s.lines += 2
	}
	if len(h.Buckets) == 0 {
		return
	}
	s.openRun(p.Labels, 0)
	for _, b := range h.Buckets {
		s.bucket(p, b.UpperBound, b.Count)
	}
	s.closeRun()
}

// bucketLine looks at a line of a histogram in expanded form.
func (s *familyState) bucketLine(p *metric.Sample, r role, current series) {
	switch r {
	case roleCount:
		s.counterValue(p, "count", p.Value)
		s.buckets.any = true
	case roleBucket:
		s.bucketOf(p, current)
	}
}

func (s *familyState) bucketOf(p *metric.Sample, current series) {
	s.counterValue(p, "count of a bucket", p.Value)
	bound, err := strconv.ParseFloat(current.bound, 64)
	if err != nil || math.IsNaN(bound) {
		if f := s.hit(ruleHistogramBounds, ""); f != nil {
			f.Series = p.Labels
			f.Message = "a bucket has no number as its bound"
		}
		return
	}
	b := &s.buckets
	if !b.run.open || b.run.key != current.key {
		s.closeRun()
		if _, before := b.runs[current.key]; before {
			b.scattered = true
		} else if len(b.runs) <= s.linter.options.MaxFamilySeries {
			if b.runs == nil {
				b.runs = map[uint64]struct{}{}
			}
			b.runs[current.key] = struct{}{}
		}
		s.openRun(p.Labels, current.key)
	}
	s.bucket(p, bound, p.Value)
}

func (s *familyState) openRun(labels metric.Labels, key uint64) {
	s.buckets.any = true
	s.buckets.run = bucketRun{open: true, key: key, labels: labels}
}

// bucket adds a bucket to the run.
func (s *familyState) bucket(p *metric.Sample, bound, count float64) {
	r := &s.buckets.run
	if r.n > 0 && !(bound > r.bound) {
		s.aboutBuckets(ruleHistogramBounds, p.Labels, "the bucket le=%s stands behind le=%s",
			metric.FormatFloat(bound), metric.FormatFloat(r.bound))
	}
	if r.n > 0 && count < r.count {
		s.aboutBuckets(ruleHistogramNotCumulative, p.Labels, "the bucket le=%s has %v, the one before it %v",
			metric.FormatFloat(bound), count, r.count)
	}
	if r.n == 0 {
		r.first = metric.Bucket{UpperBound: bound, Count: count}
	}
	if math.IsInf(bound, 1) {
		r.infinite = true
	} else {
		r.finite++
		r.within = count
	}
	r.n, r.bound, r.count = r.n+1, bound, count
}

// closeRun looks at the buckets of a series as a whole.
func (s *familyState) closeRun() {
	b := &s.buckets
	r := b.run
	b.run = bucketRun{}
	if !r.open {
		return
	}
	b.finite = b.finite || r.finite > 0
	b.inf = b.inf || r.infinite
	if limit := s.linter.options.MaxBuckets; r.n > limit {
		s.aboutBuckets(ruleHistogramManyBuckets, r.labels, "the histogram has %d buckets, more than %d", r.n, limit)
	}
	if !r.infinite {
		s.aboutBuckets(ruleHistogramWithoutInf, r.labels, "there is no bucket le=+Inf")
		return
	}
	if r.finite == 0 || r.first.UpperBound <= 0 {
		b.vague = true
	}
	b.observations += r.count
	b.first += r.first.Count
	b.within += r.within
}

// aboutBuckets reports something that is true if the series is not scattered.
func (s *familyState) aboutBuckets(r *Rule, labels metric.Labels, format string, args ...any) {
	if h := s.newHit(r, ""); h != nil {
		h.shape = true
		h.Series = labels
		h.Message = fmt.Sprintf(format, args...)
	}
}

// endHistograms looks at the buckets of all series.
func (s *familyState) endHistograms() {
	s.closeRun()
	b := &s.buckets
	if b.scattered {
		s.forgetShapes()
	}
	switch {
	case !b.any:
	case !b.finite && b.inf && !b.native:
		s.say(ruleHistogramOnlyInf, "", "", "there is no bucket but +Inf")
	case !b.inf && !b.native && (b.scattered || !b.finite):
		s.say(ruleHistogramWithoutInf, "", "", "there is no bucket le=+Inf")
	case b.scattered || b.observations < float64(s.linter.options.MinObservations):
	case b.within == 0 && b.finite:
		s.say(ruleHistogramAbove, "", "", "all %v observations are above the last finite bound", b.observations)
	case b.first == b.observations && !b.vague:
		s.say(ruleHistogramBelow, "", "", "all %v observations are in the first bucket", b.observations)
	}
}

// forgetShapes takes back what was said about the buckets of single series.
func (s *familyState) forgetShapes() {
	kept := s.hits[:0]
	for _, h := range s.hits {
		if !h.shape {
			kept = append(kept, h)
		}
	}
	s.hits = kept
}
