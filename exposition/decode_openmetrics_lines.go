package exposition

import (
	"fmt"

	"polymeter.dev/metric"
)

// pointLines are the lines of the current point of a histogram or summary in
// OpenMetrics 1.0. Points may come with the same timestamp, since fractions are cut
// off; then the first counts (section "Timestamps"). Without a timestamp there is one
// point, which has each line once.
//
// Buckets and the rest of a point without a timestamp need no remembering: that
// they ascend, and that there is one of each, is checked anyway.
type pointLines struct {
	series string
	time   metric.Timestamp
	seen   map[pointLine]string // the text of the bound
}

// pointLine is one line: two forms of one bound are one.
type pointLine struct {
	suffix string
	bound  float64
}

// keepLines is the greatest number of lines of a point, or of states, up to which
// the memory for them is kept: clearing a large map costs a small point more than
// it gains.
const keepLines = 64

func (l *pointLines) reset() {
	if len(l.seen) > keepLines {
		l.seen = nil
	}
	clear(l.seen)
}

// add adds a line, and reports whether its point did not have it.
func (l *pointLines) add(line pointLine, series, text string, t metric.Timestamp) (first bool, err error) {
	if series != l.series || t != l.time {
		l.reset()
		l.series, l.time = series, t
	}
	if t.IsZero() && line.suffix != "" {
		return true, nil
	}
	before, found := l.seen[line]
	switch {
	case !found:
		if l.seen == nil {
			l.seen = map[pointLine]string{}
		}
		l.seen[line] = text
		return true, nil
	case t.IsZero() || before != text:
		return false, fmt.Errorf("the bound %q is there twice", text)
	}
	return false, nil
}
