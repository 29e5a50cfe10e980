package foldmodel

import (
	"slices"
	"strings"
	"testing"
)

// climbing goes up in steps of one and three, and must not come to its top.
type climbing struct{ top int }

func (climbing) initial() int { return 0 }

func (climbing) next(n int, do func(step, int)) {
	if n < 100_000 {
		do(step{"climber", -1, "goes up by", 1}, n+1)
		do(step{"climber", -1, "goes up by", 3}, n+3)
	}
}

func (c climbing) wrong(n int) fault {
	if n == c.top {
		return tooHigh
	}
	return none
}

func TestExploreAll(t *testing.T) {
	t.Parallel()
	e := explore(climbing{top: -1})
	if e.states.count != 100_003 || e.wrong != none {
		t.Errorf("%d states, wrong: %s, want 100003 and nothing", e.states.count, e.wrong)
	}
}

func TestExploreFindsAShortestWay(t *testing.T) {
	t.Parallel()
	e := explore(climbing{top: 7})
	trace := e.trace()
	if e.wrong != tooHigh || strings.Count(trace, "goes up by") != 3 || strings.Count(trace, "by 3\n") != 2 {
		t.Errorf("wrong: %s, trace:\n%s", e.wrong, trace)
	}
}

func TestListing(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name    string
		changed []int
		want    []set
	}{
		{"nothing changes", nil, []set{0b011}},
		{"one vanishes", []int{0}, []set{0b010, 0b011}},
		{"one appears", []int{2}, []set{0b011, 0b111}},
		{"one is replaced", []int{0, 0}, []set{0b010, 0b011}},
		{"one appears, one vanishes", []int{2, 1}, []set{0b001, 0b011, 0b101, 0b111}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			var l listing
			l.changed(5) // before it begins
			l.begin(0b011)
			for _, name := range test.changed {
				l.changed(name)
			}
			var got []set
			l.end(func(seen set) { got = append(got, seen) })
			slices.Sort(got)
			if !slices.Equal(got, test.want) {
				t.Errorf("seen: %b, want %b", got, test.want)
			}
		})
	}
}
