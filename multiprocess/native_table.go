package multiprocess

import (
	"math"

	"polymeter.dev/internal/pmfile"
	"polymeter.dev/metric"
)

// nativeTable knows every declaration, series and chunk of native files by a
// number. Files of the same program list the same series in about the same
// order, so the one that came next last time is tried first: one comparison
// instead of a hash.
type nativeTable struct {
	families map[string]*nativeFamily // by payload
	series   []nativeSeries
	chunks   []nativeChunkKey
	chunkNos map[nativeChunkKey]uint32
	parsed   pmfile.Series // room for decoding
	last     nativeLayout  // of the file walked last
}

// nativeFamily is a declaration that was decoded once, for all files that have
// it.
type nativeFamily struct {
	*pmfile.Family
	number  int
	desc    metric.Desc
	schema  *metric.LabelSchema
	numbers map[string]uint32 // of series, by their body
	// slots are what the values of a series are to it, in their order.
	slots  []slotID
	values int // the number of cells
	valid  bool
	kept   bool // while what is in no file is being forgotten
}

// nativeSeries is a series of a family that was decoded once.
type nativeSeries struct {
	family *nativeFamily
	body   string
	labels metric.Labels
	valid  bool
	next   uint32 // the series that came after it in the file read last
}

// nativeChunkKey tells the chunks of a series apart.
type nativeChunkKey struct {
	series         uint32
	schema, number int32
	negative       bool
}

func (t *nativeTable) family(payload []byte) (*nativeFamily, bool) {
	if f := t.families[string(payload)]; f != nil {
		return f, true
	}
	parsed, ok := pmfile.ParseFamily(payload)
	if !ok {
		return nil, false
	}
	if t.families == nil {
		t.families = make(map[string]*nativeFamily)
	}
	f := newNativeFamily(parsed, len(t.families))
	t.families[string(payload)] = f
	return f, true
}

func newNativeFamily(parsed *pmfile.Family, number int) *nativeFamily {
	f := &nativeFamily{Family: parsed, number: number, values: parsed.Values(), numbers: make(map[string]uint32)}
	f.desc = metric.Desc{
		Name: parsed.Name, Help: parsed.Help, Unit: parsed.Unit, Type: parsed.Type, LabelNames: parsed.LabelNames,
	}
	if parsed.Bare {
		f.desc.Written = parsed.Name
	}
	schema, err := metric.NewLabelSchema(parsed.LabelNames)
	f.schema, f.valid = schema, err == nil && f.desc.Validate(metric.UTF8Validation) == nil && f.boundsAscend()
	// Names of labels are those of one declaration, and not of the merge.
	f.desc.LabelNames = nil
	f.slots = f.slotsOf()
	return f
}

// boundsAscend reports whether the bounds are those of a histogram.
func (f *nativeFamily) boundsAscend() bool {
	for i, bound := range f.Bounds {
		if bound != bound || i > 0 && !(bound > f.Bounds[i-1]) {
			return false
		}
	}
	n := len(f.Bounds)
	return n == 0 || math.IsInf(f.Bounds[n-1], 1)
}

// slotsOf says what the values are, in the order of the cells.
func (f *nativeFamily) slotsOf() []slotID {
	switch f.Type {
	case metric.TypeCounter: // both halves
		return []slotID{{part: partValue}}
	case metric.TypeSummary:
		return []slotID{{part: partCount}, {part: partSum}}
	case metric.TypeHistogram, metric.TypeGaugeHistogram:
		return f.histogramSlots()
	case metric.TypeInfo, metric.TypeStateSet:
		return nil
	}
	return []slotID{{part: partValue}}
}

func (f *nativeFamily) histogramSlots() []slotID {
	var slots []slotID
	for _, bound := range f.Bounds {
		slots = append(slots, slotID{part: partBucket, bound: bound})
	}
	slots = append(slots, slotID{part: partSum})
	if f.Native {
		zero := slotID{part: partZero, bound: f.ZeroThreshold, classic: len(f.Bounds) > 0}
		nan := zero
		nan.part = partNaN
		slots = append(slots, zero, nan)
	}
	return slots
}

// find returns the number of the series that a record stands for, which comes
// after another one in a file, or after none.
func (t *nativeTable) find(f *nativeFamily, after uint32, payload []byte) (uint32, bool) {
	body := pmfile.SeriesBody(payload)
	if after != noKey {
		if next := t.series[after].next; next != noKey && t.series[next].family == f && t.series[next].body == string(body) {
			return next, true
		}
	}
	number, known := f.numbers[string(body)]
	if !known {
		if !t.parsed.Parse(payload, len(f.LabelNames)) {
			return 0, false
		}
		number = uint32(len(t.series))
		s := nativeSeries{family: f, body: string(body), next: noKey}
		s.labels, s.valid = f.labelsOf(&t.parsed)
		t.series = append(t.series, s)
		f.numbers[s.body] = number
	}
	if after != noKey {
		t.series[after].next = number
	}
	return number, true
}

// labelsOf makes the labels of a series, and reports whether they can stand in
// its family.
func (f *nativeFamily) labelsOf(s *pmfile.Series) (metric.Labels, bool) {
	if !f.valid {
		return metric.Labels{}, false
	}
	if len(s.More) == 0 {
		labels, err := f.schema.Make(s.Values)
		return labels, err == nil
	}
	names, values := f.LabelNames, s.Values
	for _, more := range s.More {
		if metric.UTF8Validation.CheckLabelName(more.Name) != nil {
			return metric.Labels{}, false
		}
		names, values = append(names[:len(names):len(names)], more.Name), append(values[:len(values):len(values)], more.Value)
	}
	labels, err := metric.MakeLabels(names, values)
	return labels, err == nil
}

// chunk returns the number of a chunk.
func (t *nativeTable) chunk(key nativeChunkKey) uint32 {
	number, known := t.chunkNos[key]
	if !known {
		if t.chunkNos == nil {
			t.chunkNos = make(map[nativeChunkKey]uint32)
		}
		number = uint32(len(t.chunks))
		t.chunkNos[key] = number
		t.chunks = append(t.chunks, key)
	}
	return number
}

// slotOf says what a chunk is to its series.
func (t *nativeTable) slotOf(key nativeChunkKey) slotID {
	f := t.series[key.series].family
	return slotID{
		part: partChunk, bound: f.ZeroThreshold, classic: len(f.Bounds) > 0,
		negative: key.negative, schema: key.schema, number: key.number,
	}
}
