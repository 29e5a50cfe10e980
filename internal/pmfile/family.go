package pmfile

import (
	"encoding/binary"
	"fmt"
	"math"

	"polymeter.dev/metric"
)

// MaxStates is the highest number of states of a state set: they share a word.
const MaxStates = 64

const (
	flagNative = 1 << iota
	flagFloatCounts
	flagBare
)

// Family is the declaration of a family.
type Family struct {
	// Name is that of OpenMetrics 1.0: a counter's has no _total, an info's no
	// _info.
	Name, Help, Unit string
	Type             metric.Type
	LabelNames       []string
	// Mode is how a gauge's values from many processes become one.
	Mode metric.GaugeMode
	// Bounds are the upper bounds of a histogram's classic buckets, ascending,
	// the last one +Inf; empty when it has none.
	Bounds []float64
	// Native says that a histogram has native buckets.
	Native bool
	// ZeroThreshold is the half-width of the zero bucket of native buckets.
	ZeroThreshold float64
	// FloatCounts says that a histogram's or summary's counts are floats.
	FloatCounts bool
	// Bare says that a counter or an info is known under its name alone, without
	// the suffix.
	Bare bool
	// States are the states of a state set.
	States []string
}

// AppendFamily appends the payload of a family.
func AppendFamily(dst []byte, f *Family) []byte {
	var flags byte
	if f.Native {
		flags |= flagNative
	}
	if f.FloatCounts {
		flags |= flagFloatCounts
	}
	if f.Bare {
		flags |= flagBare
	}
	dst = append(dst, byte(f.Type), byte(f.Mode), flags, 0)
	dst = binary.NativeEndian.AppendUint32(dst, uint32(len(f.LabelNames)))
	dst = binary.NativeEndian.AppendUint32(dst, uint32(len(f.Bounds)))
	dst = binary.NativeEndian.AppendUint32(dst, uint32(len(f.States)))
	dst = appendFloat(dst, f.ZeroThreshold)
	for _, bound := range f.Bounds {
		dst = appendFloat(dst, bound)
	}
	dst = appendText(appendText(appendText(dst, f.Name), f.Help), f.Unit)
	for _, name := range f.LabelNames {
		dst = appendText(dst, name)
	}
	for _, state := range f.States {
		dst = appendText(dst, state)
	}
	return dst
}

// ParseFamily reads the payload of a family and reports whether it is one that
// can be read. Whether names are valid is not looked at.
func ParseFamily(payload []byte) (*Family, bool) {
	r := reader{rest: payload}
	f := &Family{Type: metric.Type(r.byte()), Mode: metric.GaugeMode(r.byte())}
	flags := r.byte()
	r.zero(1)
	f.Native, f.FloatCounts, f.Bare = flags&flagNative != 0, flags&flagFloatCounts != 0, flags&flagBare != 0
	names, bounds, states := r.count(4), r.count(wordSize), r.count(4)
	f.ZeroThreshold = r.float()
	for range bounds {
		if r.bad {
			break
		}
		f.Bounds = append(f.Bounds, r.float())
	}
	f.Name, f.Help, f.Unit = r.text(), r.text(), r.text()
	f.LabelNames = r.texts(nil, names)
	f.States = r.texts(nil, states)
	if !r.done() || flags&^(flagNative|flagFloatCounts|flagBare) != 0 || !f.sound() {
		return nil, false
	}
	return f, true
}

// check returns an error for a declaration that no reader would take.
func (f *Family) check() error {
	if !f.sound() {
		return fmt.Errorf("pmfile: family %q cannot be declared as %+v", f.Name, *f)
	}
	return nil
}

// sound reports whether the parts of a declaration go together.
func (f *Family) sound() bool {
	histogram := f.Type == metric.TypeHistogram || f.Type == metric.TypeGaugeHistogram
	switch {
	case f.Type > metric.TypeStateSet || !f.Mode.Valid():
		return false
	case (len(f.Bounds) > 0 || f.Native) && !histogram:
		return false
	case f.Bare && f.Type != metric.TypeCounter && f.Type != metric.TypeInfo:
		return false
	case len(f.States) > MaxStates || len(f.States) > 0 && f.Type != metric.TypeStateSet:
		return false
	case !(f.ZeroThreshold >= 0) || math.IsInf(f.ZeroThreshold, 1):
		return false
	}
	return soundBounds(f.Bounds)
}

// soundBounds reports whether bounds ascend up to +Inf, or there are none.
func soundBounds(bounds []float64) bool {
	for i := 1; i < len(bounds); i++ {
		if !(bounds[i-1] < bounds[i]) {
			return false
		}
	}
	return len(bounds) == 0 || math.IsInf(bounds[len(bounds)-1], 1)
}

// Values returns the number of value cells of a series.
func (f *Family) Values() int {
	switch f.Type {
	case metric.TypeCounter, metric.TypeGauge, metric.TypeUnknown, metric.TypeSummary:
		return 2
	case metric.TypeHistogram, metric.TypeGaugeHistogram:
		n := len(f.Bounds) + 1
		if f.Native {
			n += 2
		}
		return n
	case metric.TypeStateSet:
		return 1
	}
	return 0
}

// FloatValue returns which of the value cells is the float that addends belong
// to, or -1 where none is.
func (f *Family) FloatValue() int {
	switch f.Type {
	case metric.TypeCounter, metric.TypeSummary:
		return 1
	case metric.TypeHistogram, metric.TypeGaugeHistogram:
		return len(f.Bounds)
	case metric.TypeGauge, metric.TypeUnknown:
		if f.Mode.Base() == metric.GaugeSum {
			return 0
		}
	}
	return -1
}
