package multiprocess

import (
	"context"
	"errors"
	"fmt"

	"polymeter.dev/internal/mapped"
	"polymeter.dev/metric"
)

// Merge merges the named files, and those in the named directories, in their
// order, and returns the families sorted by name. What is wrong with files does not keep it from merging the rest; the
// errors tell, among them a [*DamageError] for every damaged file.
//
// With accumulate, histograms are whole, as on a page. Without, their buckets
// are samples of their own and not cumulative, as they stand in the files,
// and there is no count: that is what a program wants that writes the result
// into a file again.
func Merge(files []string, accumulate bool) ([]*metric.Snapshot, []error) {
	r := newReader(mapped.System())
	defer r.close()
	var problems []error
	if err := r.listPaths(context.Background(), files); err != nil {
		problems = append(problems, fmt.Errorf("multiprocess: %w", err))
	}
	if err := r.read(context.Background()); err != nil {
		return nil, []error{err}
	}
	t := new(totals)
	t.fill(r.plan(nil), r.sources)
	stats := r.stats(t.plan)
	for _, p := range stats.problems {
		problems = append(problems, fmt.Errorf("multiprocess: %w", p.err))
	}
	for _, c := range stats.conflicts {
		problems = append(problems, fmt.Errorf("multiprocess: %v", c))
	}
	var families []*metric.Snapshot
	m := merged{totals: t}
	for _, f := range t.plan.families {
		m.family = f
		var family metric.Family = &m
		if !accumulate && f.desc.Type == metric.TypeHistogram {
			family = buckets{&m}
		}
		copied, err := metric.Copy(family)
		if err != nil {
			problems = append(problems, fmt.Errorf("multiprocess: %w", err))
			continue
		}
		families = append(families, copied)
	}
	return families, problems
}

// buckets shows the buckets of a histogram family as they stand in the files.
type buckets struct{ *merged }

// Each implements [metric.Family].
func (b buckets) Each(visit func(*metric.Sample) error) error {
	return b.merged.Each(func(s *metric.Sample) error {
		below := 0.0
		for _, bucket := range s.Histogram.Buckets {
			labels, err := s.Labels.With("le", metric.FormatFloat(bucket.UpperBound))
			if err != nil {
				return err
			}
			line := metric.Sample{Name: s.Name + "_bucket", Labels: labels, Value: bucket.Count - below}
			below = bucket.Count
			if err := visit(&line); err != nil {
				return err
			}
		}
		if s.Histogram.NoSum {
			return nil
		}
		return visit(&metric.Sample{Name: s.Name + "_sum", Labels: s.Labels, Value: s.Histogram.Sum})
	})
}

func joinErrors(errs ...error) error {
	var found []error
	for _, err := range errs {
		if err != nil {
			found = append(found, err)
		}
	}
	if len(found) == 1 {
		return found[0]
	}
	return errors.Join(found...)
}
