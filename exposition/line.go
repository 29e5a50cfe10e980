package exposition

import "polymeter.dev/metric"

// appendSeries appends name and labels of a line and the blank behind them.
// bound is a label of the format's own, unless its name is empty.
func appendSeries(dst []byte, name *seriesName, labels, boundName, bound string) []byte {
	if labels == "" && boundName == "" {
		return append(dst, name.bare...)
	}
	dst = append(dst, name.open...)
	dst = append(dst, labels...)
	if boundName != "" {
		if labels != "" {
			dst = append(dst, ',')
		}
		dst = append(dst, boundName...)
		dst = append(dst, '=', '"')
		dst = append(dst, bound...)
		dst = append(dst, '"')
	}
	return append(dst, '}', ' ')
}

// appendMetadata appends one line of metadata up to its text.
func appendMetadata(dst []byte, keyword, name string) []byte {
	dst = append(dst, keyword...)
	dst = append(dst, name...)
	return append(dst, ' ')
}

// appendPartValue appends the value of a line: that of a _created line exactly.
func appendPartValue(dst []byte, p *metric.Part) []byte {
	if p.Time.IsZero() {
		return metric.AppendValue(dst, p.Value)
	}
	return appendSeconds(dst, p.Time)
}

// appendRawValue appends the value of a sample of an expanded family, whose name
// has the suffix: that of a _created line exactly, where it is known so.
func appendRawValue(dst []byte, suffix string, s *metric.Sample) []byte {
	if suffix == "_created" && !s.Start.IsZero() {
		return appendSeconds(dst, s.Start)
	}
	return metric.AppendValue(dst, s.Value)
}

// appendSeconds appends t as decimal seconds.
func appendSeconds(dst []byte, t metric.Timestamp) []byte {
	dst, _ = t.AppendText(dst) // it never fails
	return dst
}

// separate appends a comma before all but the first of a list.
func (p *page) separate(i int) {
	if i > 0 {
		p.buf = append(p.buf, ',')
	}
}
