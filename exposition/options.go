package exposition

// Switch turns something on or off, or leaves it to a default.
type Switch uint8

// The positions of a Switch.
const (
	Default Switch = iota
	On
	Off
)

// enabled resolves the switch against the default.
func (s Switch) enabled(byDefault bool) bool {
	return s == On || s == Default && byDefault
}

// Options are the choices an encoder leaves open. The zero value is the
// default; so is a nil *Options.
type Options struct {
	// Created says whether to show when counters, histograms and summaries
	// were last zero: as _created samples in the text format, OpenMetrics
	// 1.0 and JSON, as start timestamps in OpenMetrics 2.0 and protobuf. The
	// default is off in the text format, where each would be another gauge
	// family, and on elsewhere.
	Created Switch
	// RawLimit bounds how many series of one expanded family are held in
	// memory while they are put together, for formats that need them whole
	// (OpenMetrics 2.0 and protobuf); a family with more is refused. The
	// default, 0, is DefaultRawLimit.
	RawLimit int
}

// DefaultRawLimit is the default of [Options.RawLimit].
const DefaultRawLimit = 1_000_000

func (o *Options) created(s Syntax) bool {
	if o == nil {
		return s != Text
	}
	return o.Created.enabled(s != Text)
}

func (o *Options) rawLimit() int {
	if o == nil || o.RawLimit <= 0 {
		return DefaultRawLimit
	}
	return o.RawLimit
}
