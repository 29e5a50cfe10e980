package metric

import "math"

// Part is one line of a sample in expanded form, described by what differs
// from line to line, so that expanding allocates nothing.
type Part struct {
	// Suffix is what the sample name adds to the family name, such as
	// "_bucket".
	Suffix string
	// BoundName is "le" or "quantile" when the line has that label, else "".
	BoundName string
	// Bound is the value of that label in canonical form, such as "0.5".
	Bound string
	Value float64
	// Time is the exact value of a _created line, of which Value is the
	// nearest float64; absent on other lines.
	Time Timestamp
	// Exemplar belongs to this line, or is nil.
	Exemplar *Exemplar
}

// Expander turns composite samples into their expanded form. It remembers the
// text of bounds between samples, so use one for many; it must not be used
// concurrently. The zero value is ready.
type Expander struct {
	// Created adds a _created part to counters, summaries and histograms
	// that have a start timestamp.
	Created bool

	bounds []boundText
	part   Part
	only   [1]Bucket // the +Inf bucket of a histogram without classic ones
}

type boundText struct {
	bound float64
	text  string
}

// Each calls visit for every part of a sample of the given type, in the order
// of the text formats: quantiles or buckets, count, sum, created. The Part is
// valid until visit returns. A simple sample gives one part, with the suffix of
// its type when its name is not given by the sample itself.
//
// A histogram with native buckets only is shown by its +Inf bucket, count and
// sum. Histograms without a known sum have neither sum nor count: each requires
// the other (OpenMetrics 1.0, section "Histogram").
func (x *Expander) Each(t Type, s *Sample, visit func(*Part) error) error {
	var err error
	switch {
	case s.Histogram != nil:
		err = x.histogram(t, s, visit)
	case s.Summary != nil:
		err = x.summary(s.Summary, visit)
	default:
		err = x.simple(t, s, visit)
	}
	if err != nil || !x.Created || s.Start.IsZero() || !hasCreated(t, s) {
		return err
	}
	return x.emit(visit, Part{Suffix: "_created", Value: s.Start.Float(), Time: s.Start})
}

// hasCreated leaves out simple samples of a summary or histogram: each of them
// is one line of many, whose _created line is a sample of its own.
func hasCreated(t Type, s *Sample) bool {
	return t == TypeCounter || s.Composite() && (t == TypeSummary || t == TypeHistogram)
}

func (x *Expander) emit(visit func(*Part) error, p Part) error {
	x.part = p
	return visit(&x.part)
}

func (x *Expander) simple(t Type, s *Sample, visit func(*Part) error) error {
	p := Part{Value: s.Value, Exemplar: s.Exemplar()}
	switch t {
	case TypeCounter:
		p.Suffix = "_total"
	case TypeInfo:
		p.Suffix = "_info"
	}
	return x.emit(visit, p)
}

func (x *Expander) histogram(t Type, s *Sample, visit func(*Part) error) error {
	h := s.Histogram
	buckets := h.Buckets
	if len(buckets) == 0 {
		x.only[0] = Bucket{UpperBound: math.Inf(1), Count: h.Count}
		buckets = x.only[:]
	}
	lower := math.Inf(-1)
	for i, b := range buckets {
		p := Part{Suffix: "_bucket", BoundName: "le", Bound: x.boundText(i, b.UpperBound), Value: b.Count}
		if len(s.Exemplars) > 0 {
			p.Exemplar = NewestExemplar(s.Exemplars, lower, b.UpperBound)
		}
		if err := x.emit(visit, p); err != nil {
			return err
		}
		lower = b.UpperBound
	}
	if h.NoSum {
		return nil
	}
	count, sum := "_count", "_sum"
	if t == TypeGaugeHistogram {
		count, sum = "_gcount", "_gsum"
	}
	if err := x.emit(visit, Part{Suffix: count, Value: h.Count}); err != nil {
		return err
	}
	return x.emit(visit, Part{Suffix: sum, Value: h.Sum})
}

func (x *Expander) summary(s *Summary, visit func(*Part) error) error {
	for i, q := range s.Quantiles {
		p := Part{BoundName: "quantile", Bound: x.boundText(i, q.Quantile), Value: q.Value}
		if err := x.emit(visit, p); err != nil {
			return err
		}
	}
	if err := x.emit(visit, Part{Suffix: "_count", Value: s.Count}); err != nil {
		return err
	}
	return x.emit(visit, Part{Suffix: "_sum", Value: s.Sum})
}

// boundText returns the text of the i-th bound. Series of one family have the
// same bounds, so each is formatted once.
func (x *Expander) boundText(i int, bound float64) string {
	for len(x.bounds) <= i {
		x.bounds = append(x.bounds, boundText{bound: math.NaN()})
	}
	if b := &x.bounds[i]; b.bound != bound {
		*b = boundText{bound: bound, text: FormatFloat(bound)}
	}
	return x.bounds[i].text
}
