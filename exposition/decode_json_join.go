package exposition

import (
	"polymeter.dev/metric"
)

// joiner puts together what a line of JSON has of the series of a histogram with
// native buckets: a sample with these, and the lines of the classic ones behind
// it. The lines of one series stand together, with one timestamp.
type joiner struct {
	family *metric.RawFamily
	native *metric.Sample // the last one, until its lines are known
	// lines are those read since, all of one series.
	lines    *metric.RawFamily
	labels   metric.Labels
	time     metric.Timestamp
	count    int
	composer metric.Composer
}

// joinNative adds samples to f, all in composite form.
func joinNative(f *metric.RawFamily, samples []metric.Sample) error {
	d := f.Desc()
	j := &joiner{family: f, lines: metric.NewRawFamily(d.Name, "", d.Type)}
	for i := range samples {
		if err := j.add(&samples[i]); err != nil {
			return err
		}
	}
	return j.flush()
}

func (j *joiner) add(s *metric.Sample) error {
	labels := s.Labels
	if s.Composite() {
		if err := j.flush(); err != nil {
			return err
		}
		j.native, j.labels, j.time = s, labels, s.Timestamp
		return nil
	}
	if j.family.Desc().Type.Composite() {
		labels = labels.Without("le")
	}
	if labels != j.labels || s.Timestamp != j.time {
		if err := j.flush(); err != nil {
			return err
		}
	}
	j.labels, j.time = labels, s.Timestamp
	j.lines.Add(*s)
	j.count++
	return nil
}

// flush adds the series read so far to the family.
func (j *joiner) flush() error {
	if j.count == 0 {
		if j.native != nil {
			j.family.Add(*j.native)
		}
		j.native = nil
		return nil
	}
	err := j.composer.Compose(j.lines, 0).Each(func(s *metric.Sample) error {
		j.family.Add(*j.join(s))
		return nil
	})
	j.lines.Reset()
	j.native, j.count = nil, 0
	return err
}

// join returns the sample made of the classic lines, with the native buckets.
func (j *joiner) join(s *metric.Sample) *metric.Sample {
	if j.native == nil || s.Histogram == nil {
		return s
	}
	joined := *j.native
	histogram := *joined.Histogram
	histogram.Buckets, histogram.NoSum = s.Histogram.Buckets, s.Histogram.NoSum
	joined.Histogram = &histogram
	if joined.Start.IsZero() {
		joined.Start = s.Start
	}
	if len(joined.Exemplars) == 0 {
		joined.Exemplars = s.Exemplars
	}
	return &joined
}
