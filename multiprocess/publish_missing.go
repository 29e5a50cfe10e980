package multiprocess

import "polymeter.dev/metric"

// Unpublished returns what collectors gave when they were asked last, but is in no
// file, because the disk is full for example. A registry counts it in on the page
// of its own process, see [Collector.CollectWith]. A family of which an earlier
// state is in the file is not among them.
func (s *Store) Unpublished() []Extra {
	s.published.files.Lock()
	defer s.published.files.Unlock()
	current := &s.published.current
	if !current.failing || s.published.closed {
		return nil
	}
	current.check()
	families, _ := s.place()
	identifier := s.Identifier()
	var missing []Extra
	for _, f := range families {
		if current.names[f.name()] {
			continue
		}
		copied, err := metric.Copy(f.family) // which the next refresh writes to
		if err != nil {
			continue
		}
		missing = append(missing, Extra{Family: unpublished{copied, f.at}, Mode: f.mode, ID: identifier})
	}
	return missing
}

// check forgets the file if somebody has removed it.
func (c *publishedFile) check() {
	if c.file == nil {
		return
	}
	if lost, err := c.file.Lost(); lost && err == nil {
		c.names = nil
	}
}

// unpublished is a family whose samples say when they were collected.
type unpublished struct {
	metric.Family
	at int64
}

// Each implements [metric.Family].
func (u unpublished) Each(visit func(*metric.Sample) error) error {
	return u.Family.Each(func(s *metric.Sample) error {
		if isGauge(u.Desc().Type) && s.Timestamp.IsZero() {
			s.Timestamp = metric.NewTimestamp(0, u.at)
		}
		return visit(s)
	})
}
