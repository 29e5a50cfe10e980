package multiprocess

import (
	"math"
	"slices"
	"strconv"

	"polymeter.dev/internal/pyfile"
	"polymeter.dev/metric"
)

// key is a key that was decoded once, for all files that list it.
type key struct {
	raw    string
	typ    metric.Type
	part   part
	bound  float64 // of a bucket
	counts bool    // and so is never negative or NaN, but for damage
	family string
	help   string
	labels metric.Labels // of the series: without le
	next   uint32        // the key that came after it in the file read last
}

// noKey stands for no key at all.
const noKey = math.MaxUint32

// keyTable knows every key of every file by a number. Files of the same program
// list the same keys in about the same order, so the key that came next last
// time is tried first: one comparison instead of a hash.
type keyTable struct {
	keys  []key
	types [metric.TypeStateSet + 1]typeKeys
	// schema is that of the labels decoded last, parsed the room for decoding.
	schema *metric.LabelSchema
	parsed pyfile.Key
}

// typeKeys are the keys in files of one type.
type typeKeys struct {
	numbers map[string]uint32
	first   uint32 // the first key in the file read last
	last    record // the entries of that file
	layout  pyfile.Layout
}

func (t *keyTable) of(typ metric.Type) *typeKeys {
	same := &t.types[typ]
	if same.numbers == nil {
		same.numbers, same.first = make(map[string]uint32), noKey
	}
	return same
}

// remember makes the file the one that others are expected to be like.
func (t *keyTable) remember(f *file) {
	same := t.of(f.name.Type)
	same.last, same.layout = f.record, f.layout
}

// find returns the number of a key that comes after another one in a file of the
// given type, or after none; false for a text that is no key.
func (t *keyTable) find(typ metric.Type, after uint32, raw []byte) (uint32, bool) {
	same := t.of(typ)
	guess := &same.first
	if after != noKey {
		guess = &t.keys[after].next
	}
	if *guess != noKey && t.keys[*guess].raw == string(raw) {
		return *guess, true
	}
	number, known := same.numbers[string(raw)]
	if !known {
		k, ok := t.decode(typ, string(raw))
		if !ok {
			return 0, false
		}
		number = uint32(len(t.keys))
		same.numbers[k.raw] = number
		*guess = number // before append moves what it points into
		t.keys = append(t.keys, k)
		return number, true
	}
	*guess = number
	return number, true
}

// decode makes a key out of its text.
func (t *keyTable) decode(typ metric.Type, raw string) (key, bool) {
	parsed := &t.parsed
	if parsed.Parse(raw) != nil {
		return key{}, false
	}
	k := key{raw: raw, typ: typ, family: metric.StripSuffix(typ, parsed.Family), help: parsed.Help, next: noKey}
	k.counts = pyfile.Name{Type: typ}.Counts(parsed.Sample)
	k.part = k.partOf(parsed)
	if k.part == partBucket {
		if !k.takeBound(parsed) {
			k.part = partNone
		}
	}
	if slices.Contains(parsed.Names, reservedLabel(typ)) {
		k.part = partNone
	}
	labels, err := t.labels(parsed)
	if err != nil {
		return key{}, false
	}
	k.labels = labels
	return k, true
}

// partOf tells from the name of the sample what its value is.
func (k *key) partOf(parsed *pyfile.Key) part {
	suffix, ok := cutFamily(parsed.Sample, k.family)
	switch {
	case !ok:
	case k.typ == metric.TypeGauge && suffix == "",
		k.typ == metric.TypeCounter && (suffix == "_total" || suffix == ""):
		return partValue
	case k.typ == metric.TypeHistogram && suffix == "_bucket":
		return partBucket
	case suffix == "_sum" && (k.typ == metric.TypeHistogram || k.typ == metric.TypeSummary):
		return partSum
	case suffix == "_count" && k.typ == metric.TypeSummary:
		return partCount
	case suffix == "_count" && k.typ == metric.TypeHistogram:
		return partIgnored
	}
	return partNone
}

// reservedLabel returns the label that no series of the type may have itself.
func reservedLabel(typ metric.Type) string {
	switch typ {
	case metric.TypeHistogram:
		return "le"
	case metric.TypeSummary:
		return "quantile"
	}
	return ""
}

func cutFamily(sample, family string) (suffix string, ok bool) {
	if len(sample) < len(family) || sample[:len(family)] != family {
		return "", false
	}
	return sample[len(family):], true
}

// takeBound moves the le label to k.bound.
func (k *key) takeBound(parsed *pyfile.Key) bool {
	i := slices.Index(parsed.Names, "le")
	if i < 0 {
		return false
	}
	bound, err := strconv.ParseFloat(parsed.Values[i], 64)
	if err != nil || math.IsNaN(bound) {
		return false
	}
	k.bound = bound
	parsed.Names = slices.Delete(parsed.Names, i, i+1)
	parsed.Values = slices.Delete(parsed.Values, i, i+1)
	return true
}

func (t *keyTable) labels(parsed *pyfile.Key) (metric.Labels, error) {
	if t.schema == nil || !slices.Equal(t.schema.Names(), parsed.Names) {
		schema, err := metric.NewLabelSchema(parsed.Names)
		if err != nil {
			return metric.Labels{}, err
		}
		t.schema = schema
	}
	return t.schema.Make(parsed.Values)
}

// keep forgets all keys but the ones in use and returns the new number of each.
func (t *keyTable) keep(used []bool) []uint32 {
	numbers := make([]uint32, len(t.keys))
	kept := keyTable{}
	for i := range t.keys {
		numbers[i] = noKey
		if !used[i] {
			continue
		}
		k := t.keys[i]
		k.next = noKey
		numbers[i] = uint32(len(kept.keys))
		kept.of(k.typ).numbers[k.raw] = numbers[i]
		kept.keys = append(kept.keys, k)
	}
	*t = kept
	return numbers
}
