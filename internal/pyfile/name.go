package pyfile

import (
	"strings"

	"polymeter.dev/metric"
)

// extension ends the name of every file; readers look for nothing else.
const extension = ".db"

// Name is what the name of a file says about its contents.
type Name struct {
	// Type is the type of every family in the file: counter, gauge, histogram
	// or summary.
	Type metric.Type
	// Mode is how the gauges in the file are merged; of other types, the zero
	// value.
	Mode metric.GaugeMode
	// ID tells the process that writes the file from others, and is the pid
	// label of its gauges: usually the process id.
	ID string
}

// Prefix returns the name up to the identifier, such as "gauge_livesum_".
func (n Name) Prefix() string {
	if n.Type == metric.TypeGauge {
		return n.Type.String() + "_" + n.Mode.String() + "_"
	}
	return n.Type.String() + "_"
}

// String returns the name of the file, such as "counter_4711.db".
func (n Name) String() string { return n.Prefix() + n.ID + extension }

// ParseName reads the name of a file and reports whether it is one that the
// Python client would read. A second extension, as in counter_4711.db_x.db, is
// no part of the identifier; nor is it for the Python client.
func ParseName(file string) (Name, bool) {
	rest, ok := strings.CutSuffix(file, extension)
	if !ok || strings.HasPrefix(file, ".") {
		return Name{}, false
	}
	kind, rest, ok := strings.Cut(rest, "_")
	if !ok {
		return Name{}, false
	}
	typ, ok := metric.ParseType(kind)
	if !ok || kind != typ.String() {
		return Name{}, false
	}
	name := Name{Type: typ}
	switch typ {
	case metric.TypeCounter, metric.TypeHistogram, metric.TypeSummary:
	case metric.TypeGauge:
		mode, after, ok := strings.Cut(rest, "_")
		if !ok {
			return Name{}, false
		}
		var err error
		if name.Mode, err = metric.ParseGaugeMode(mode); err != nil {
			return Name{}, false
		}
		rest = after
	default:
		return Name{}, false
	}
	name.ID, _, _ = strings.Cut(rest, extension+"_")
	return name, name.ID != ""
}
