package lint

import (
	"fmt"
	"math"
	"strings"
	"time"

	"polymeter.dev/metric"
)

// role is what a sample is to its family.
type role uint8

const (
	roleStray role = iota // of which the name has nothing to do with the family's
	roleWhole             // in composite form
	roleValue
	roleBucket
	roleCount
	roleQuantile
	roleRest // _sum and _created, of which any value will do
)

// role tells from the name of a sample what it is.
func (s *familyState) role(p *metric.Sample) role {
	if p.Composite() {
		return roleWhole
	}
	suffix, found := strings.CutPrefix(p.Name, s.desc.Name)
	switch {
	case p.Name == "" || p.Name == s.desc.Written:
		suffix = ""
	case !found:
		return roleStray
	}
	switch suffix {
	case "", "_total", "_info":
		if s.desc.Type == metric.TypeSummary {
			return roleQuantile
		}
		return roleValue
	case "_bucket":
		return roleBucket
	case "_count", "_gcount":
		return roleCount
	case "_sum", "_gsum", "_created":
		return roleRest
	}
	return roleStray
}

// simple looks at the value of a sample that has just one.
func (s *familyState) simple(p *metric.Sample, r role, current series) {
	switch s.desc.Type {
	case metric.TypeCounter:
		if r != roleValue {
			return
		}
		if p.Name == s.desc.Name && s.desc.Written == "" {
			s.valueOf(ruleCounterWithoutTotal, p, "the name of the counter's samples, %s, does not end in _total", p.Name)
		}
		s.counterValue(p, "value", p.Value)
	case metric.TypeHistogram, metric.TypeGaugeHistogram:
		s.bucketLine(p, r, current)
	case metric.TypeSummary:
		if r == roleCount {
			s.counterValue(p, "count", p.Value)
		}
	case metric.TypeStateSet:
		if p.Value != 0 && p.Value != 1 {
			s.valueOf(ruleInfoValue, p, "the state is %v, neither 0 nor 1", p.Value)
		}
	default:
		if s.info && p.Value != 1 {
			s.valueOf(ruleInfoValue, p, "the info is %v, not 1", p.Value)
		}
	}
}

// counterValue looks at a number that can only grow.
func (s *familyState) counterValue(p *metric.Sample, what string, v float64) {
	switch {
	case math.IsNaN(v):
		s.valueOf(ruleCounterNaN, p, "the %s is NaN", what)
	case v < 0:
		s.valueOf(ruleCounterNegative, p, "the %s is %v, less than 0", what, v)
	}
}

// valueOf reports something about a value of a series.
func (s *familyState) valueOf(r *Rule, p *metric.Sample, format string, args ...any) {
	if f := s.hit(r, ""); f != nil {
		f.Series = p.Labels
		f.Message = fmt.Sprintf(format, args...)
	}
}

// timestamp looks at the time that a sample brings along.
func (s *familyState) timestamp(p *metric.Sample) {
	if p.Timestamp.IsZero() {
		return
	}
	o := &s.linter.options
	r, text := ruleTimestampExplicit, "there is a timestamp, %s"
	if t := p.Timestamp.Time(); t.Before(o.Now.Add(-o.MaxAge)) {
		r, text = ruleTimestampStale, "the timestamp, %s, is more than "+o.MaxAge.String()+" old"
	} else if t.After(o.Now.Add(o.MaxAge)) {
		r, text = ruleTimestampFuture, "the timestamp, %s, is more than "+o.MaxAge.String()+" ahead"
	}
	if f := s.hit(r, ""); f != nil {
		f.Series = p.Labels
		f.Message = fmt.Sprintf(text, p.Timestamp.Time().Format(time.RFC3339))
	}
}
