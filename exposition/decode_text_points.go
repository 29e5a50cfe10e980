package exposition

import (
	"fmt"
	"math"
	"strings"

	"polymeter.dev/metric"
)

// textPoints checks the histograms and summaries of a family in the text format,
// where the lines of several series may take turns.
type textPoints struct {
	typ     metric.Type
	series  map[textSeries]int // in all
	all     []textPoint
	current int // in all
	key     textSeries
}

// textSeries is what the lines of one histogram or summary have in common: the
// labels but for le and quantile, and the timestamp.
type textSeries struct {
	labels string
	time   metric.Timestamp
}

// textPoint is what was read of one histogram or summary.
type textPoint struct {
	line          int
	bound, bucket float64 // of the bucket before; the quantile before
	bounds        int
	count         float64
	hasCount      bool
}

func (p *textPoints) reset(t metric.Type) {
	p.typ, p.current = t, -1
	if len(p.all) > keepSeries {
		p.series, p.all = nil, nil
	}
	clear(p.series)
	p.all = p.all[:0]
}

// add checks a sample.
func (p *textPoints) add(line int, suffix string, s *metric.Sample) error {
	switch {
	case p.typ == metric.TypeSummary && suffix == "":
		return p.quantile(line, s)
	case p.typ != metric.TypeHistogram:
		return nil
	case suffix == "_bucket":
		return p.bucket(line, s)
	}
	point := p.of(line, textSeries{s.Labels.Text(), s.Timestamp}) // which is to have buckets
	if suffix == "_count" {
		point.count, point.hasCount = s.Value, true
	}
	return nil
}

func (p *textPoints) quantile(line int, s *metric.Sample) error {
	quantile, err := boundOf(s.Labels, "quantile", 1)
	if err != nil {
		return err
	}
	_, series, _ := cutLabel(s.Labels.Text(), "quantile")
	point := p.of(line, textSeries{series, s.Timestamp})
	if point.bounds > 0 && quantile <= point.bound {
		return fmt.Errorf("the quantile %s comes after that of %s", metric.FormatFloat(quantile), metric.FormatFloat(point.bound))
	}
	point.bounds++
	point.bound = quantile
	return nil
}

func (p *textPoints) bucket(line int, s *metric.Sample) error {
	bound, err := boundOf(s.Labels, "le", math.Inf(1))
	if err != nil {
		return err
	}
	_, series, _ := cutLabel(s.Labels.Text(), "le")
	point := p.of(line, textSeries{series, s.Timestamp})
	switch {
	case point.bounds > 0 && bound <= point.bound:
		return fmt.Errorf("the bucket %s comes after that of %s", metric.FormatFloat(bound), metric.FormatFloat(point.bound))
	case !(s.Value >= point.bucket):
		return fmt.Errorf("the bucket %s has the count %v after %v", metric.FormatFloat(bound), s.Value, point.bucket)
	}
	point.bounds++
	point.bound, point.bucket = bound, s.Value
	return nil
}

// of returns what is known about a histogram or summary.
func (p *textPoints) of(line int, key textSeries) *textPoint {
	if p.current >= 0 && key == p.key {
		return &p.all[p.current]
	}
	i, found := p.series[key]
	if !found {
		if p.series == nil {
			p.series = map[textSeries]int{}
		}
		key.labels = strings.Clone(key.labels) // it may be part of a long text
		i = len(p.all)
		p.series[key] = i
		p.all = append(p.all, textPoint{line: line})
	}
	p.current, p.key = i, key
	return &p.all[i]
}

// finish checks what only shows at the end of the family. It returns the line with
// which the histogram begins that is wrong.
func (p *textPoints) finish() (line int, err error) {
	if p.typ != metric.TypeHistogram {
		return 0, nil
	}
	for key, i := range p.series {
		labels := key.labels
		point := &p.all[i]
		if line != 0 && line < point.line {
			continue
		}
		switch {
		case !math.IsInf(point.bound, 1): // also if it has none
			err = fmt.Errorf("the histogram {%s} has no bucket le=\"+Inf\"", labels)
		case point.hasCount && point.count != point.bucket:
			err = fmt.Errorf("the histogram {%s} has the count %v, its bucket le=\"+Inf\" %v", labels, point.count, point.bucket)
		default:
			continue
		}
		line = point.line
	}
	return line, err
}

// boundOf returns the number in a label, which is at most the given one, and that
// of a quantile at least 0. Infinity must be +Inf.
func boundOf(l metric.Labels, name string, most float64) (float64, error) {
	text, _, found := cutLabel(l.Text(), name)
	if !found {
		return 0, fmt.Errorf("the sample has no label %q", name)
	}
	bound, err := parseNumber([]byte(text))
	if err != nil || math.IsNaN(bound) || bound > most || name == "quantile" && bound < 0 || math.IsInf(bound, 1) && text != "+Inf" {
		return 0, fmt.Errorf("%s=%q is not a number that it can be", name, text)
	}
	return bound, nil
}
