package exposition

import "polymeter.dev/metric"

// jsonLines writes one JSON object a line for each family, with its samples in
// expanded form.
type jsonLines struct {
	*page
	expander metric.Expander
	part     func(*metric.Part) error // line, bound once
	current  *metric.Sample
	samples  int // of the current family
}

func newJSON(p *page) *jsonLines {
	j := &jsonLines{page: p}
	j.part = j.line
	return j
}

func (j *jsonLines) trailer() string { return "" }

func (j *jsonLines) begin() error {
	j.expander.Created = j.created
	j.samples = 0
	j.buf = appendJSONString(append(j.buf, `{"name":`...), j.name.family)
	j.buf = appendJSONString(append(j.buf, `,"type":`...), j.desc.Type.String())
	j.buf = appendJSONString(append(j.buf, `,"help":`...), j.desc.Help)
	j.buf = appendJSONString(append(j.buf, `,"unit":`...), j.desc.Unit)
	j.buf = append(j.buf, `,"samples":[`...)
	return nil
}

func (j *jsonLines) end() error {
	j.current = nil
	j.buf = append(j.buf, "]}\n"...)
	return nil
}

func (j *jsonLines) sample(s *metric.Sample) error {
	j.current = s
	if s.Histogram != nil && s.Histogram.Native != nil {
		j.native(s)
		if len(s.Histogram.Buckets) == 0 {
			return nil
		}
	}
	if s.Composite() || j.isMain(s) {
		return j.expander.Each(j.desc.Type, s, j.part)
	}
	return j.raw(s)
}

// line appends one sample of those that a sample of this module's form makes.
func (j *jsonLines) line(p *metric.Part) error {
	j.open(j.name.bySuffix(p.Suffix).series.plain, p.BoundName, p.Bound)
	j.buf = append(j.buf, `,"value":`...)
	if p.Time.IsZero() {
		j.buf = appendJSONNumber(j.buf, p.Value)
	} else {
		j.buf = appendSeconds(j.buf, p.Time) // a number, with all its digits
	}
	j.time(j.current.Timestamp)
	if p.Exemplar != nil {
		j.exemplar(`,"exemplar":`, p.Exemplar)
	}
	j.buf = append(j.buf, '}')
	return nil
}

// raw appends a sample of an expanded family under its own name.
func (j *jsonLines) raw(s *metric.Sample) error {
	name := j.name.byName(s.Name)
	created := name != nil && name.suffix == "_created"
	if created && !j.created {
		return nil
	}
	if name != nil {
		j.open(name.series.plain, "", "")
	} else {
		j.open(j.format.Escaping.EscapeMetricName(s.Name), "", "")
	}
	j.buf = append(j.buf, `,"value":`...)
	if created && !s.Start.IsZero() {
		j.buf = appendSeconds(j.buf, s.Start) // a number, with all its digits
	} else {
		j.buf = appendJSONNumber(j.buf, s.Value)
	}
	j.time(s.Timestamp)
	if e := s.Exemplar(); e != nil {
		j.exemplar(`,"exemplar":`, e)
	}
	j.buf = append(j.buf, '}')
	return nil
}

// open begins a sample with its name and labels.
func (j *jsonLines) open(name, boundName, bound string) {
	if j.samples > 0 {
		j.buf = append(j.buf, ',')
	}
	j.samples++
	j.buf = appendJSONString(append(j.buf, `{"name":`...), name)
	j.buf = append(j.buf, `,"labels":{`...)
	j.buf = appendJSONLabels(j.buf, j.labels)
	if boundName != "" {
		if j.labels != "" {
			j.buf = append(j.buf, ',')
		}
		j.buf = appendJSONString(j.buf, boundName)
		j.buf = appendJSONString(append(j.buf, ':'), bound)
	}
	j.buf = append(j.buf, '}')
}

func (j *jsonLines) time(t metric.Timestamp) {
	if !t.IsZero() {
		j.buf = appendJSONTime(append(j.buf, `,"timestamp":`...), t)
	}
}

func (j *jsonLines) exemplar(field string, e *metric.Exemplar) {
	labels, err := showLabels(e.Labels, j.format.Escaping)
	if err != nil {
		j.stats.Exemplars.Unnameable++
		return
	}
	j.buf = append(append(j.buf, field...), `{"labels":{`...)
	j.buf = appendJSONLabels(j.buf, labels)
	j.buf = appendJSONNumber(append(j.buf, `},"value":`...), e.Value)
	j.time(e.Timestamp)
	j.buf = append(j.buf, '}')
}
