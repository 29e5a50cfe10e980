package workload

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
)

// Generator makes up declarations and updates at random. What it makes up is
// the same for the same seed.
type Generator struct {
	random *rand.Rand
	// modes are the gauge modes to choose from.
	modes []string
	// exact keeps to numbers whose sums are exact in any order.
	exact bool
	// values are the label values to choose from: so few that workers meet.
	values []string
}

// NewGenerator returns a generator that uses the given gauge modes. The numbers
// of an exact one have so few digits that adding them up in any order gives the
// same bits; those of another are positive and have all digits.
func NewGenerator(seed uint64, modes []string, exact bool) *Generator {
	g := &Generator{random: rand.New(rand.NewPCG(seed, 1)), modes: modes, exact: exact}
	for range 5 {
		g.values = append(g.values, pick(g, labelValues))
	}
	return g
}

// OlderModes are the gauge modes of the Python client up to 0.16.
func OlderModes() []string {
	return []string{"all", "liveall", "min", "livemin", "max", "livemax", "sum", "livesum"}
}

// NewerModes are the gauge modes of later ones.
func NewerModes() []string {
	return append(OlderModes(), "mostrecent", "livemostrecent")
}

// labelValues are texts that something on the way may stumble over.
var labelValues = []string{
	"", "a", "b", "GET", "/api/users/{id}", `with "quotes"`, `back\slash`, `ends in \`, "line\nfeed",
	`\n`, "tab\tand\rreturn", "ünïcödé", "日本語", "emoji 🎉", "a,b=\"c\"", "{}", "}", " # {} 1", "+Inf",
	"\u2028\u0085\u00a0", "\x01\x7f", " padded ", strings.Repeat("long ", 60), "']}\", ",
}

var helps = []string{
	"Plain help.", "", `With "quotes" and \ backslash.`, "Two\nlines.", "Ünïcödé 日本 🎉.", `Ends in \`, "# HELP x y",
}

var bounds = [][]Number{
	nil,
	{0.5, 1, 2},
	{0},
	{1, Number(math.Inf(1))},
	{0.001, 0.25, 1e6, 12345678.5, 1e21},
	{-1e6, -0.5, 0, 0.5, 1e6},
}

// Families declares one instrument of every kind and gauge mode, some with
// labels and some without, and a few more at random, spread over two
// registries. One of each kind and mode is never updated.
func (g *Generator) Families() []Family {
	var families []Family
	add := func(f Family) {
		f.Name = fmt.Sprintf("f%d_%s", len(families), f.Name)
		f.Help = pick(g, helps)
		f.Registry = pick(g, []string{"first", "second"})
		f.Unit = pick(g, []string{"", "", "seconds"})
		if g.random.IntN(3) > 0 {
			f.Labels = []string{"b_label", "a", "Z9"}[:1+g.random.IntN(3)]
		}
		families = append(families, f)
	}
	for _, mode := range g.modes {
		add(Family{Kind: "gauge", Name: mode, Mode: mode})
		add(Family{Kind: "gauge", Name: "unused_" + mode, Mode: mode, Unused: true})
	}
	for _, kind := range []string{"counter", "histogram", "summary"} {
		add(Family{Kind: kind, Name: "unused", Unused: true})
	}
	for _, b := range bounds {
		add(Family{Kind: "histogram", Name: "histogram", Buckets: b})
	}
	for range 3 {
		add(Family{Kind: "counter", Name: pick(g, []string{"jobs", "jobs_total"})})
		add(Family{Kind: "summary", Name: "summary"})
		mode := pick(g, g.modes)
		add(Family{Kind: "gauge", Name: "more_" + mode, Mode: mode})
	}
	return families
}

// Updates makes up n updates of the declared instruments, all of them legal in
// every implementation.
func (g *Generator) Updates(families []Family, n int) []Update {
	var updates []Update
	for len(updates) < n {
		index := g.random.IntN(len(families))
		f := &families[index]
		if f.Unused {
			continue
		}
		u := Update{Family: index, Do: pick(g, actions(f))}
		for range f.Labels {
			u.Values = append(u.Values, pick(g, g.values))
		}
		u.Value = Number(g.value(f, u.Do))
		updates = append(updates, u)
	}
	return updates
}

// actions are what can be done to an instrument. Adding to a gauge that shows
// what was set last is something only Polymeter allows.
func actions(f *Family) []string {
	switch {
	case f.Kind == "counter":
		return []string{"touch", "inc", "inc", "inc"}
	case f.Kind != "gauge":
		return []string{"touch", "observe", "observe", "observe"}
	case strings.HasSuffix(f.Mode, "mostrecent"):
		return []string{"touch", "set", "set"}
	default:
		return []string{"touch", "set", "inc", "dec"}
	}
}

// value makes up a number for an update.
func (g *Generator) value(f *Family, do string) float64 {
	if !g.exact {
		return g.random.Float64() * math.Pow(10, float64(g.random.IntN(6)-3))
	}
	if special := specials(f, do); len(special) > 0 && g.random.IntN(25) == 0 {
		return pick(g, special)
	}
	v := float64(g.random.IntN(1<<20)-1<<19) / 1024
	if g.random.IntN(3) == 0 {
		v = math.Trunc(v)
	}
	if f.Kind == "counter" {
		v = math.Abs(v)
	}
	return v + 0 // never the negative zero
}

// specials are the numbers that are not finite, or not quite zero, where what
// becomes of them does not depend on the order of files.
func specials(f *Family, do string) []float64 {
	switch {
	case f.Kind == "counter":
		return []float64{math.Inf(1)}
	case f.Kind != "gauge":
		return []float64{math.Inf(1), math.Inf(-1)}
	case do != "set":
		return nil
	case slices.Contains([]string{"all", "liveall", "mostrecent", "livemostrecent"}, f.Mode):
		return []float64{math.Inf(1), math.Inf(-1), math.NaN(), math.Copysign(0, -1)}
	default:
		return []float64{math.Inf(1), math.Inf(-1)}
	}
}

// pick returns one of the choices.
func pick[T any](g *Generator, choices []T) T {
	return choices[g.random.IntN(len(choices))]
}
