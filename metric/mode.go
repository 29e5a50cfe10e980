package metric

import "fmt"

// GaugeMode says how the values that many processes hold for one gauge become
// one. The modes and their names are those of the Python client.
type GaugeMode uint8

// The modes whose names begin with "live" count only processes that are alive.
const (
	// GaugeAll shows every process's value, told apart by a pid label. It is
	// the default, as in Python.
	GaugeAll GaugeMode = iota
	// GaugeMin shows the smallest value.
	GaugeMin
	// GaugeMax shows the largest value.
	GaugeMax
	// GaugeSum shows the sum.
	GaugeSum
	// GaugeMostRecent shows the value that was set last.
	GaugeMostRecent
	GaugeLiveAll
	GaugeLiveMin
	GaugeLiveMax
	GaugeLiveSum
	GaugeLiveMostRecent
)

var gaugeModeNames = [...]string{
	"all", "min", "max", "sum", "mostrecent",
	"liveall", "livemin", "livemax", "livesum", "livemostrecent",
}

// String returns the mode's name, such as "livesum".
func (m GaugeMode) String() string {
	if int(m) < len(gaugeModeNames) {
		return gaugeModeNames[m]
	}
	return "invalid"
}

// ParseGaugeMode returns the mode with the given name.
func ParseGaugeMode(name string) (GaugeMode, error) {
	for m, n := range gaugeModeNames {
		if n == name {
			return GaugeMode(m), nil
		}
	}
	return 0, fmt.Errorf("metric: unknown gauge mode %q", name)
}

// Valid reports whether m is one of the declared modes.
func (m GaugeMode) Valid() bool { return int(m) < len(gaugeModeNames) }

// Live reports whether only living processes count.
func (m GaugeMode) Live() bool { return m >= GaugeLiveAll && m.Valid() }

// Base returns the mode without "live".
func (m GaugeMode) Base() GaugeMode {
	if m.Live() {
		return m - GaugeLiveAll
	}
	return m
}
