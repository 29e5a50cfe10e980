package metric

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
)

// composed is the sample made of a group, and what it points to.
type composed struct {
	view
	buckets   []Bucket
	quantiles []Quantile
	exemplars []Exemplar
}

// flush visits the series held.
func (c *Composer) flush() error {
	for i := range c.groups {
		s, err := c.compose(&c.groups[i])
		if err != nil {
			return err
		}
		if err := c.visit(s); err != nil {
			return err
		}
	}
	return nil
}

func (c *Composer) compose(g *group) (*Sample, error) {
	s := &c.composed.sample
	*s = Sample{Name: c.desc.Name, Labels: g.labels, Timestamp: g.timestamp, Start: g.start, Exemplars: c.groupExemplars(g)}
	var err error
	switch c.desc.Type {
	case TypeCounter:
		s.Name, s.Value = g.name, g.value
		err = c.wants(g, valueLine, c.sampleName)
	case TypeSummary:
		s.Summary, err = c.summary(g)
	default:
		s.Histogram, err = c.histogram(g)
	}
	return s, err
}

func (c *Composer) groupExemplars(g *group) []Exemplar {
	exemplars := c.composed.exemplars[:0]
	for at := g.first; at > 0; at = c.lines[at-1].next {
		exemplars = append(exemplars, cutRun(c.exemplars, c.lines[at-1].exemplars)...)
	}
	c.composed.exemplars = exemplars
	if len(exemplars) == 0 {
		return nil
	}
	return exemplars
}

func (c *Composer) histogram(g *group) (*Histogram, error) {
	buckets := c.composed.buckets[:0]
	for at := g.first; at > 0; at = c.lines[at-1].next {
		if l := &c.lines[at-1]; l.kind == boundLine {
			buckets = append(buckets, Bucket{UpperBound: l.bound, Count: l.value})
		}
	}
	c.composed.buckets = buckets
	slices.SortFunc(buckets, func(a, b Bucket) int { return cmp.Compare(a.UpperBound, b.UpperBound) })
	for i := 1; i < len(buckets); i++ {
		if buckets[i].UpperBound == buckets[i-1].UpperBound {
			return nil, c.incomplete(g, fmt.Sprintf("duplicate bucket le=%q", FormatFloat(buckets[i].UpperBound)))
		}
	}
	if len(buckets) == 0 || !math.IsInf(buckets[len(buckets)-1].UpperBound, 1) {
		return nil, c.incomplete(g, `no bucket le="+Inf"`)
	}
	count := buckets[len(buckets)-1].Count
	if g.seen&countLine != 0 && g.count != count {
		return nil, c.incomplete(g, fmt.Sprintf("count %v differs from %v in bucket le=%q", g.count, count, "+Inf"))
	}
	h := &c.composed.histogram
	*h = Histogram{Count: count, Sum: g.sum, NoSum: g.seen&sumLine == 0, Buckets: buckets}
	return h, c.explain(g, h.Validate())
}

func (c *Composer) summary(g *group) (*Summary, error) {
	if err := c.wants(g, countLine, c.desc.Name+"_count"); err != nil {
		return nil, err
	}
	if err := c.wants(g, sumLine, c.desc.Name+"_sum"); err != nil {
		return nil, err
	}
	quantiles := c.composed.quantiles[:0]
	for at := g.first; at > 0; at = c.lines[at-1].next {
		if l := &c.lines[at-1]; l.kind == boundLine {
			quantiles = append(quantiles, Quantile{Quantile: l.bound, Value: l.value})
		}
	}
	c.composed.quantiles = quantiles
	s := &c.composed.summary
	*s = Summary{Count: g.count, Sum: g.sum, Quantiles: quantiles}
	return s, c.explain(g, s.Validate())
}

// wants reports a group without the sample of this kind and name.
func (c *Composer) wants(g *group, kind lineKind, name string) error {
	if g.seen&kind != 0 {
		return nil
	}
	return c.incomplete(g, fmt.Sprintf("no sample %q", name))
}

func (c *Composer) explain(g *group, err error) error {
	if err == nil {
		return nil
	}
	return c.incomplete(g, strings.TrimPrefix(err.Error(), "metric: "))
}

func (c *Composer) incomplete(g *group, reason string) error {
	return &ComposeError{Family: c.desc.Name, Sample: c.desc.Name, Labels: g.labels, Reason: reason}
}
