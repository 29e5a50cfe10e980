package metrictest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"polymeter.dev/metric"
)

// errStop is what the kit returns from emit and visit, to see it come back.
var errStop = errors.New("metrictest: stop here")

// collects makes the first collection, and keeps its families.
func (k *kit) collects() []string {
	var families []*metric.Snapshot
	var broken []string
	problems, err := k.run(func(f metric.Family) error {
		snapshot := new(metric.Snapshot)
		if err := guard(func() error { return snapshot.Load(f) }); err != nil {
			broken = append(broken, fmt.Sprintf("family %q: %v", f.Desc().Name, err))
			return nil
		}
		families = append(families, snapshot)
		return nil
	})
	if k.stuck {
		return problems
	}
	if err != nil {
		problems = append(problems, fmt.Sprintf("Collect returned an error: %v", err))
	}
	k.families, k.failed = families, err != nil
	return append(problems, broken...)
}

// valid looks at what was collected first.
func (k *kit) valid() []string {
	var problems []string
	for _, f := range k.families {
		if err := f.Validate(metric.ValidationDefault); err != nil {
			problems = append(problems, err.Error())
			k.invalid = true
			continue
		}
		if problem := unlabelled(f); problem != "" {
			problems = append(problems, problem)
		}
	}
	return problems
}

// unlabelled finds a series that lacks a label which all are said to have.
func unlabelled(f *metric.Snapshot) (problem string) {
	_ = f.Each(func(s *metric.Sample) error { // which returns what this does
		for _, name := range f.Desc().LabelNames {
			if _, found := s.Labels.Lookup(name); !found {
				problem = fmt.Sprintf("family %q says that its series have the label %q, which %s%s has not",
					f.Desc().Name, name, s.Name, s.Labels)
				return errStop
			}
		}
		return nil
	})
	return problem
}

// visits ends the visit of each family with an error at the first sample.
func (k *kit) visits() []string {
	var broken []string
	problems, _ := k.run(func(f metric.Family) error {
		visits := 0
		err := guard(func() error {
			return f.Each(func(*metric.Sample) error {
				visits++
				return errStop
			})
		})
		switch {
		case visits > 1:
			broken = append(broken, fmt.Sprintf("family %q: Each visits more samples after visit has returned an error", f.Desc().Name))
		case visits == 1 && !errors.Is(err, errStop):
			broken = append(broken, fmt.Sprintf("family %q: Each returned %v, want the error of visit", f.Desc().Name, err))
		}
		return nil
	})
	if k.stuck {
		return problems
	}
	return append(problems, broken...)
}

// repeats collects once more without looking at any sample, and compares which
// families there are.
func (k *kit) repeats() []string {
	var descs []*metric.Desc
	problems, err := k.run(func(f metric.Family) error {
		descs = append(descs, f.Desc())
		return nil
	})
	if k.stuck {
		return problems
	}
	if err != nil {
		problems = append(problems, fmt.Sprintf("Collect returned an error: %v", err))
	}
	return append(problems, k.differs(descs)...)
}

// differs compares the families of a later collection with those of the first.
// Either may have some that the other has not.
func (k *kit) differs(later []*metric.Desc) []string {
	var problems []string
	last := -1
	for _, d := range later {
		at := slices.IndexFunc(k.families, func(f *metric.Snapshot) bool { return f.Desc().Name == d.Name })
		if at < 0 {
			continue
		}
		if first := k.families[at].Desc(); first.Type != d.Type || first.Unit != d.Unit {
			problems = append(problems, fmt.Sprintf("family %q was a %s, and then a %s", d.Name, typeOf(first), typeOf(d)))
		}
		if at < last {
			problems = append(problems, fmt.Sprintf("family %q came before %q at first, and then behind it",
				d.Name, k.families[last].Desc().Name))
		}
		last = max(last, at)
	}
	return problems
}

// typeOf shows the type and the unit.
func typeOf(d *metric.Desc) string {
	if d.Unit == "" {
		return d.Type.String()
	}
	return fmt.Sprintf("%s in %s", d.Type, d.Unit)
}

// stops returns an error from emit for the first, the middle and the last family.
func (k *kit) stops() []string {
	var problems []string
	n := len(k.families)
	for _, at := range slices.Compact([]int{0, n / 2, n - 1}) {
		if at < 0 || at >= n || k.stuck {
			continue
		}
		calls := 0
		found, err := k.run(func(metric.Family) error {
			if calls++; calls > at {
				return errStop
			}
			return nil
		})
		problems = append(problems, found...)
		if !k.stuck && calls > at && !errors.Is(err, errStop) {
			problems = append(problems, fmt.Sprintf("emit returned an error for family %d of %d, and Collect %v, want that error", at+1, n, err))
		}
	}
	return problems
}

// cancels collects with a context that is done before, or at the first family.
// What Collect returns then is its own affair.
func (k *kit) cancels() []string {
	before, cancel := context.WithCancel(context.Background())
	cancel()
	problems := k.cancelled(before, nil, "before Collect is called")
	if k.stuck || len(k.families) == 0 {
		return problems
	}
	during, cancel := context.WithCancel(context.Background())
	defer cancel()
	return append(problems, k.cancelled(during, cancel, "at the first family")...)
}

// cancelled collects, and cancels at the first family if it can.
func (k *kit) cancelled(ctx context.Context, cancel func(), when string) []string {
	r := &run{emit: func(metric.Family) error {
		if cancel != nil {
			cancel()
		}
		return nil
	}}
	err := r.start(ctx, k.collector, cancelLimit, ctx)
	if k.stuck = errors.Is(err, errStuck); k.stuck {
		return []string{fmt.Sprintf("Collect does not return within %v of a context that is done %s", cancelLimit, when)}
	}
	if broken := isBroken(err); broken != "" {
		return append(r.found(), broken)
	}
	return r.found()
}

// isBroken tells of an error that is none of the collector's own.
func isBroken(err error) string {
	if errors.Is(err, errGoexit) || errors.Is(err, errPanicked) {
		return err.Error()
	}
	return ""
}

// concurrent collects from several goroutines at once, each several times.
func (k *kit) concurrent() []string {
	const goroutines, rounds = 4, 3
	var (
		all  sync.WaitGroup
		mu   sync.Mutex
		once []string
	)
	for range goroutines {
		all.Go(func() {
			for range rounds {
				problems, stuck := k.alone()
				mu.Lock()
				k.stuck = k.stuck || stuck
				once = merge(once, problems)
				mu.Unlock()
				if stuck {
					return
				}
			}
		})
	}
	all.Wait()
	return once
}

// merge adds problems that are not known yet. Of those with a stack the first line
// counts.
func merge(known, more []string) []string {
	title := func(p string) string { first, _, _ := strings.Cut(p, "\n"); return first }
	for _, p := range more {
		if !slices.ContainsFunc(known, func(k string) bool { return title(k) == title(p) }) {
			known = append(known, p)
		}
	}
	return known
}

// alone is one of many collections.
func (k *kit) alone() (problems []string, stuck bool) {
	r := &run{emit: func(f metric.Family) error {
		var snapshot metric.Snapshot
		if err := guard(func() error { return snapshot.Load(f) }); err != nil {
			return err
		}
		if k.invalid {
			return nil // which was reported
		}
		return snapshot.Validate(metric.ValidationDefault)
	}}
	err := r.start(context.Background(), k.collector, collectLimit, nil)
	if err != nil && !errors.Is(err, errStuck) {
		return append(r.found(), fmt.Sprintf("Collect returned an error: %v", err)), false
	}
	return r.found(), err != nil
}
