package exposition

import (
	"fmt"
	"math"
	"strconv"

	"polymeter.dev/metric"
)

// points checks, for OpenMetrics 1.0, that the lines of an expanded histogram,
// gauge histogram or summary make up complete points: every rule for the type
// holds, and neither series nor points are interleaved. It also checks the
// latter for state sets.
type points struct {
	typ   metric.Type
	seen  map[string]metric.Timestamp // time of the latest point of each series
	point point
}

// point is the one whose lines are coming in.
type point struct {
	open   bool
	series string // labels without le, quantile or state
	time   metric.Timestamp

	bound, bucket    float64 // of the last bucket
	buckets          int
	negativeBounds   bool
	infinite         bool // the last bucket is +Inf
	sum, count       float64
	hasSum, hasCount bool
	created          bool
}

func (c *points) reset(t metric.Type) {
	c.typ, c.point = t, point{}
	if len(c.seen) > keepSeries {
		c.seen = nil
	}
	clear(c.seen)
}

// enter makes the point of a line current, and finishes the one before.
func (c *points) enter(series string, t metric.Timestamp) error {
	if c.point.open && c.point.series == series && c.point.time == t {
		return nil
	}
	if err := c.finish(); err != nil {
		return err
	}
	before, found := c.seen[series]
	if found && (before.IsZero() || !t.After(before)) {
		return fmt.Errorf("the lines of series {%s} are apart", series)
	}
	if found && c.point.series != series {
		return fmt.Errorf("the points of series {%s} are apart", series)
	}
	if c.seen == nil {
		c.seen = make(map[string]metric.Timestamp)
	}
	c.seen[series] = t
	c.point = point{open: true, series: series, time: t, bound: math.Inf(-1)}
	return nil
}

// state checks one state of a state set. Without a time, all its lines are one
// point.
func (c *points) state(p *page, s *metric.Sample, t metric.Timestamp) error {
	_, series, found := cutLabel(p.labels, p.name.family)
	if !found { // it is quoted and escaped in the text
		series = s.Labels.Without(p.desc.Name).Text()
	}
	return c.enter(series, t)
}

// add checks one line. text is its le or quantile label, if the type has one.
func (c *points) add(suffix, series, text string, s *metric.Sample) error {
	if err := c.enter(series, s.Timestamp); err != nil {
		return err
	}
	p := &c.point
	switch suffix {
	case "_bucket":
		return p.addBucket(text, s.Value)
	case "":
		if s.Value < 0 {
			return fmt.Errorf("quantile %q has the negative value %v", text, s.Value)
		}
	case "_sum", "_gsum":
		return once(&p.hasSum, &p.sum, suffix, s.Value)
	case "_count", "_gcount":
		if !isWholeCount(s.Value) {
			return fmt.Errorf("%s %v is not a whole number", suffix, s.Value)
		}
		return once(&p.hasCount, &p.count, suffix, s.Value)
	case "_created":
		var value float64
		return once(&p.created, &value, suffix, s.Value)
	}
	return nil
}

func once(has *bool, to *float64, suffix string, value float64) error {
	if *has {
		return fmt.Errorf("%s occurs twice in one point", suffix)
	}
	*has, *to = true, value
	return nil
}

func (p *point) addBucket(text string, value float64) error {
	bound, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsNaN(bound) || (math.IsInf(bound, 1) && text != "+Inf") {
		return fmt.Errorf("le=%q is not a number in canonical form", text)
	}
	if p.buckets > 0 && bound <= p.bound {
		return fmt.Errorf("le=%q does not ascend from %v", text, p.bound)
	}
	if !isWholeCount(value) || value < p.bucket {
		return fmt.Errorf("bucket le=%q has the count %v after %v", text, value, p.bucket)
	}
	p.buckets++
	p.bound, p.bucket = bound, value
	p.negativeBounds = p.negativeBounds || bound < 0
	p.infinite = math.IsInf(bound, 1)
	return nil
}

// finish checks what only shows when a point is complete.
func (c *points) finish() error {
	p := &c.point
	if !p.open {
		return nil
	}
	p.open = false
	if c.typ == metric.TypeHistogram || c.typ == metric.TypeGaugeHistogram {
		return p.finishHistogram(c.typ)
	}
	if c.typ == metric.TypeSummary && p.hasSum && !(p.sum >= 0) {
		return fmt.Errorf("series {%s} has the sum %v", p.series, p.sum)
	}
	return nil
}

func (p *point) finishHistogram(t metric.Type) error {
	negativeSum := t == metric.TypeGaugeHistogram && p.negativeBounds && p.sum < 0
	switch {
	case !p.infinite:
		return fmt.Errorf("series {%s} does not end in the bucket le=\"+Inf\"", p.series)
	case p.hasSum != p.hasCount:
		return fmt.Errorf("series {%s} has only one of sum and count", p.series)
	case p.hasCount && p.count != p.bucket:
		return fmt.Errorf("series {%s} has the count %v, its bucket le=\"+Inf\" %v", p.series, p.count, p.bucket)
	case t == metric.TypeHistogram && p.hasSum && p.negativeBounds:
		return fmt.Errorf("series {%s} has a sum and negative buckets", p.series)
	case p.hasSum && !(p.sum >= 0) && !negativeSum:
		return fmt.Errorf("series {%s} has the sum %v", p.series, p.sum)
	}
	return nil
}
