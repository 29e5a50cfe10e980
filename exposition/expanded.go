package exposition

import (
	"fmt"
	"strconv"

	"polymeter.dev/metric"
)

// expanded appends a sample of an expanded family to a page of OpenMetrics 1.0,
// which must have a name and the labels of its type.
func (o *openMetrics1) expanded(s *metric.Sample) error {
	name := o.name.byName(s.Name)
	if name == nil {
		return o.errName(s)
	}
	if err := checkBound(o.desc.Type, name.suffix, o.labels); err != nil {
		return err
	}
	text, series := o.cutBound(name.suffix)
	var err error
	if o.desc.Type.Composite() {
		err = o.points.add(name.suffix, series, text, s)
	} else { // the only other name is the _created of a counter
		err = o.counters.add(o.page, true)
	}
	if err != nil {
		return err
	}
	if name.suffix == "_created" && !o.created {
		return nil
	}
	o.buf = appendSeries(o.buf, &name.series, o.labels, "", "")
	o.buf = appendRawValue(o.buf, name.suffix, s)
	o.buf = appendTime(o.buf, s.Timestamp)
	o.expandedExemplar(name.suffix, text, s)
	o.buf = append(o.buf, '\n')
	return nil
}

// cutBound splits the labels of a line into its bound, if lines with this suffix
// have one, and those of the series.
func (o *openMetrics1) cutBound(suffix string) (text, series string) {
	switch {
	case suffix == "_bucket":
		text, series, _ = cutLabel(o.labels, "le")
	case suffix == "" && o.desc.Type == metric.TypeSummary:
		text, series, _ = cutLabel(o.labels, "quantile")
	default:
		series = o.labels
	}
	return text, series
}

// expandedExemplar appends the exemplar of a bucket if it lies in it.
func (o *openMetrics1) expandedExemplar(suffix, bound string, s *metric.Sample) {
	exemplar := s.Exemplar()
	switch {
	case exemplar == nil:
	case suffix != "_bucket":
		o.stats.Exemplars.Misplaced += len(s.Exemplars)
	default:
		upper, _ := strconv.ParseFloat(bound, 64) // checked before
		if !(exemplar.Value <= upper) {
			o.stats.Exemplars.OutsideBucket++
			return
		}
		o.exemplar(exemplar)
	}
}

// counterLines checks that total and _created of one counter stand together in
// an expanded family, in either order.
type counterLines struct {
	labels  string // of the line before
	created bool   // whether there was a _created line
}

func (c *counterLines) add(p *page, created bool) error {
	if p.labels != c.labels && (created || c.created) {
		other := seriesKey{name: p.name.samples[1].own, labels: p.labels}
		if created {
			other.name = "" // the total's
		}
		if _, found := p.check.seen[other]; found {
			return fmt.Errorf("the lines of series {%s} are apart", p.labels)
		}
	}
	c.labels, c.created = p.labels, c.created || created
	return nil
}
