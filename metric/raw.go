package metric

// RawFamily is a family of samples with any names, labels and values: a custom
// collector's last resort, and what a page in expanded form is decoded to. It
// checks nothing beyond valid UTF-8, so a registry may still refuse it. For the
// rest see [CounterFamily].
type RawFamily struct{ family }

// NewRawFamily returns an empty family. A _total at the end of a counter's name
// and an _info at that of an info are left out of the family name, but sample
// names are shown as they are added.
func NewRawFamily(name, help string, t Type) *RawFamily {
	return &RawFamily{newFamily(t, name, help)}
}

// AddSample adds a sample with a single value. Name is its whole name, with any
// suffix.
func (f *RawFamily) AddSample(name string, labels map[string]string, value float64) {
	if f.Err() != nil {
		return
	}
	set, err := LabelsFromMap(labels)
	if err != nil {
		f.fail(err)
		return
	}
	f.Add(Sample{Name: name, Labels: set, Value: value})
}

// Add adds a copy of a sample.
func (f *RawFamily) Add(s Sample) {
	if f.Err() == nil {
		f.rows.add(&s)
	}
}

// Samples returns copies of the samples added so far.
func (f *RawFamily) Samples() []Sample {
	samples := make([]Sample, f.rows.points.len())
	var v view
	for i := range samples {
		samples[i] = *f.rows.read(i, &v).Clone()
	}
	return samples
}
