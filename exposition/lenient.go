package exposition

import (
	"fmt"
	"strings"
)

// Leniency is a set of the faults that a [TextDecoder] reads over: those that pages of
// the text format have in practice, and that leave no doubt about which values were
// meant. A fault that is not in the set is an error.
type Leniency uint8

const (
	// LenientLines takes pages with a byte order mark, lines that end in a
	// carriage return and a line feed, and a last line without a line feed.
	LenientLines Leniency = 1 << iota
	// LenientTypes takes types in any case, and those that the format has not,
	// such as info, for untyped.
	LenientTypes
	// LenientMetadata ignores HELP and TYPE lines of a family that has had one
	// or whose samples have begun.
	LenientMetadata
	// LenientGroups takes lines of a family that come after those of another.
	// They are a family of their own, with the type that their own TYPE line
	// gives it; the page then has two families of one name.
	LenientGroups
	// LenientDuplicates keeps the first sample of a series and a timestamp, and
	// ignores others of the same family.
	LenientDuplicates
	// LenientHistograms takes histograms and summaries whose buckets and
	// quantiles are out of order or missing, or whose counts disagree. Such a
	// family may not compose, so that only the text format can show it again.
	LenientHistograms

	// LenientAll is all of them.
	LenientAll = LenientLines | LenientTypes | LenientMetadata | LenientGroups | LenientDuplicates | LenientHistograms
)

// lenientNames are the names of the faults, in the order of their bits.
var lenientNames = [...]string{"lines", "types", "metadata", "groups", "duplicates", "histograms"}

// String returns the names of the faults with commas between them, "all", or
// "none".
func (l Leniency) String() string {
	switch l & LenientAll {
	case 0:
		return "none"
	case LenientAll:
		return "all"
	}
	var names []string
	for i, name := range lenientNames {
		if l&(1<<i) != 0 {
			names = append(names, name)
		}
	}
	return strings.Join(names, ",")
}

// ParseLeniency reads what [Leniency.String] returns.
func ParseLeniency(names string) (Leniency, error) {
	switch names {
	case "none":
		return 0, nil
	case "all":
		return LenientAll, nil
	}
	var l Leniency
	for name := range strings.SplitSeq(names, ",") {
		fault, found := leniencyNamed(name)
		if !found {
			return 0, fmt.Errorf("exposition: leniency %q is not none, all, or a list of %s", name, strings.Join(lenientNames[:], ", "))
		}
		l |= fault
	}
	return l, nil
}

func leniencyNamed(name string) (l Leniency, found bool) {
	for i, other := range lenientNames {
		if name == other {
			return 1 << i, true
		}
	}
	return 0, false
}

// has reports whether any of the faults is in the set.
func (l Leniency) has(fault Leniency) bool { return l&fault != 0 }
