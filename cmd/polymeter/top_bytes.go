package main

import (
	"cmp"

	"polymeter.dev/exposition"
	"polymeter.dev/metric"
)

// byteCount counts what is written.
type byteCount int

func (n *byteCount) Write(p []byte) (int, error) {
	*n += byteCount(len(p))
	return len(p), nil
}

// textBytes returns how many bytes a family takes up on a page of text, or 0 if
// it cannot be there.
func textBytes(f metric.Family) int {
	var n byteCount
	encoder := exposition.NewEncoder(&n, exposition.FormatText100(), &exposition.Options{RawLimit: maxSamples})
	refused := encoder.Encode(f)
	if err := cmp.Or(refused, encoder.Close()); err != nil {
		return 0
	}
	return int(n)
}

// watchedFamily shows the samples of a family to a function, all of them, even if
// whoever visits them does not want to see more.
type watchedFamily struct {
	metric.Family
	see     func(*metric.Sample)
	visited bool
	err     error // of the family itself
}

// Each implements [metric.Family].
func (w *watchedFamily) Each(visit func(*metric.Sample) error) error {
	w.visited = true
	var refused error
	w.err = w.Family.Each(func(s *metric.Sample) error {
		w.see(s)
		if refused == nil {
			refused = visit(s)
		}
		return nil
	})
	return cmp.Or(refused, w.err)
}

// finish visits the samples if nobody has. It returns the error of the family.
func (w *watchedFamily) finish() error {
	if !w.visited {
		_ = w.Each(func(*metric.Sample) error { return nil }) // which is kept
	}
	return w.err
}
