package main

import (
	"math"

	"polymeter.dev/internal/pmfile"
	"polymeter.dev/metric"
)

// nativeFamily is the declaration of a family.
type nativeFamily struct {
	Name          string       `json:"name"`
	Type          string       `json:"type"`
	Mode          string       `json:"mode,omitempty"`
	Unit          string       `json:"unit,omitempty"`
	Help          string       `json:"help,omitempty"`
	Labels        []string     `json:"labels,omitempty"`
	Bounds        []jsonNumber `json:"bounds,omitempty"`
	Native        bool         `json:"native,omitempty"`
	ZeroThreshold float64      `json:"zero_threshold,omitempty"`
	FloatCounts   bool         `json:"float_counts,omitempty"`
	Bare          bool         `json:"bare,omitempty"`
	States        []string     `json:"states,omitempty"`
}

func (w *nativeWalk) family(r *pmfile.Record) (*nativeFamily, string) {
	f, ok := pmfile.ParseFamily(r.Payload)
	if !ok {
		return nil, pmfile.ReasonContents
	}
	w.families[r.Offset] = f
	report := &nativeFamily{
		Name: f.Name, Type: f.Type.String(), Unit: f.Unit, Help: f.Help, Labels: f.LabelNames, Bounds: jsonNumbers(f.Bounds),
		Native: f.Native, ZeroThreshold: f.ZeroThreshold, FloatCounts: f.FloatCounts, Bare: f.Bare, States: f.States,
	}
	if f.Type == metric.TypeGauge || f.Type == metric.TypeUnknown { // a merge goes by it
		report.Mode = f.Mode.String()
	}
	return report, ""
}

// nativeSeries is a series with its values, of which there are those of its type.
type nativeSeries struct {
	Family int               `json:"family"`
	Name   string            `json:"name"`
	Labels map[string]string `json:"labels"`
	// State is "counting", "reset" or "deleted".
	State   string   `json:"state"`
	Deleted jsonTime `json:"deleted,omitzero"`
	Start   jsonTime `json:"start,omitzero"`

	Value *jsonNumber `json:"value,omitempty"`
	// Whole and Rest are what the value of a counter is the sum of.
	Whole   *uint64         `json:"whole,omitempty"`
	Rest    *jsonNumber     `json:"rest,omitempty"`
	Time    jsonTime        `json:"time,omitzero"`
	Count   *jsonCount      `json:"count,omitempty"`
	Buckets []jsonCount     `json:"buckets,omitempty"`
	Sum     *jsonNumber     `json:"sum,omitempty"`
	Zero    *jsonCount      `json:"zero,omitempty"`
	NaN     *jsonCount      `json:"nan,omitempty"`
	States  map[string]bool `json:"states,omitempty"`

	family *pmfile.Family
	labels []pmfile.Label // in their order
}

const (
	stateCounting = "counting"
	stateReset    = "reset"
	stateDeleted  = "deleted"
)

func (w *nativeWalk) seriesOf(r *pmfile.Record) (*nativeSeries, string) {
	at, ok := pmfile.SeriesFamily(r.Payload)
	f := w.families[at]
	if !ok || f == nil {
		return nil, pmfile.ReasonReference
	}
	var parsed pmfile.Series
	if !parsed.Parse(r.Payload, len(f.LabelNames)) || r.CellRoom() < pmfile.SeriesCellsBefore+f.Values() {
		return nil, pmfile.ReasonContents
	}
	w.series[r.Offset] = f
	s := &nativeSeries{Family: at, Name: f.Name, Labels: map[string]string{}, State: stateCounting, family: f}
	for i, name := range f.LabelNames {
		s.labels = append(s.labels, pmfile.Label{Name: name, Value: parsed.Values[i]})
	}
	s.labels = append(s.labels, parsed.More...)
	for _, l := range s.labels {
		s.Labels[l.Name] = l.Value
	}
	cells := w.cells(r, pmfile.SeriesCellsBefore+f.Values())
	switch state := cells[0]; state {
	case pmfile.StateCounting:
	case pmfile.StateReset:
		s.State = stateReset
	default:
		s.State, s.Deleted = stateDeleted, jsonTime(state)
	}
	s.Start = jsonTime(cells[1])
	s.setValues(cells[pmfile.SeriesCellsBefore:])
	return s, ""
}

// setValues reads the value cells.
func (s *nativeSeries) setValues(cells []uint64) {
	count := func(bits uint64) jsonCount { return jsonCount{bits, s.family.FloatCounts} }
	switch s.family.Type {
	case metric.TypeCounter:
		rest := math.Float64frombits(cells[1])
		s.Value, s.Whole, s.Rest = toNumber(float64(cells[0])+rest), &cells[0], toNumber(rest)
	case metric.TypeGauge, metric.TypeUnknown:
		s.Value, s.Time = toNumber(math.Float64frombits(cells[0])), jsonTime(cells[1])
	case metric.TypeSummary:
		n := count(cells[0])
		s.Count, s.Sum = &n, toNumber(math.Float64frombits(cells[1]))
	case metric.TypeHistogram, metric.TypeGaugeHistogram:
		buckets := len(s.family.Bounds)
		for _, bits := range cells[:buckets] {
			s.Buckets = append(s.Buckets, count(bits))
		}
		s.Sum = toNumber(math.Float64frombits(cells[buckets]))
		if s.family.Native {
			zero, nan := count(cells[buckets+1]), count(cells[buckets+2])
			s.Zero, s.NaN = &zero, &nan
		}
	case metric.TypeStateSet:
		s.States = map[string]bool{}
		for i, state := range s.family.States {
			s.States[state] = cells[0]>>i&1 != 0
		}
	}
}

// nativeChunk is a chunk: the counts of native buckets whose indexes begin at
// First.
type nativeChunk struct {
	Series   int         `json:"series"`
	Schema   int32       `json:"schema"`
	Negative bool        `json:"negative,omitempty"`
	First    int64       `json:"first"`
	Counts   []jsonCount `json:"counts"`
}

func (w *nativeWalk) chunk(r *pmfile.Record) (*nativeChunk, string) {
	c, ok := pmfile.ParseChunk(r.Payload)
	if !ok {
		return nil, pmfile.ReasonContents
	}
	f := w.series[c.Series]
	if f == nil || !f.Native {
		return nil, pmfile.ReasonReference
	}
	chunk := &nativeChunk{Series: c.Series, Schema: c.Schema, Negative: c.Negative, First: int64(c.Number) * pmfile.ChunkCells}
	for _, bits := range w.cells(r, pmfile.ChunkCells) {
		chunk.Counts = append(chunk.Counts, jsonCount{bits, f.FloatCounts})
	}
	return chunk, ""
}

// nativeExemplar is an exemplar.
type nativeExemplar struct {
	Series   int    `json:"series"`
	Slot     uint32 `json:"slot"`
	Capacity int    `json:"capacity"`
	// State is "none" before there is an exemplar, "unfinished" while it is
	// written, or when its writer died then, and "set".
	State     string            `json:"state"`
	Value     *jsonNumber       `json:"value,omitempty"`
	Timestamp string            `json:"timestamp,omitempty"`
	Labels    map[string]string `json:"labels,omitempty"`

	exemplar metric.Exemplar
}

const (
	exemplarNone       = "none"
	exemplarUnfinished = "unfinished"
	exemplarSet        = "set"
)

func (w *nativeWalk) exemplar(r *pmfile.Record) (*nativeExemplar, string) {
	x, ok := pmfile.ParseExemplar(r.Payload)
	if !ok {
		return nil, pmfile.ReasonContents
	}
	if w.series[x.Series] == nil {
		return nil, pmfile.ReasonReference
	}
	report := &nativeExemplar{Series: x.Series, Slot: x.Slot, Capacity: x.Capacity, State: exemplarNone}
	e, ok := pmfile.ReadExemplar(w.word, r.Cells, r.CellRoom())
	switch {
	case ok:
		report.State, report.exemplar = exemplarSet, e
		report.Value, report.Timestamp = toNumber(e.Value), e.Timestamp.String()
		report.Labels = map[string]string{}
		for name, value := range e.Labels.All() {
			report.Labels[name] = value
		}
	case w.word(r.Cells) != 0:
		report.State = exemplarUnfinished
	}
	return report, ""
}

// nativeAddends are floats whose exact sum is the float of a series.
type nativeAddends struct {
	Series int          `json:"series"`
	Values []jsonNumber `json:"values"`
}

func (w *nativeWalk) addends(r *pmfile.Record) (*nativeAddends, string) {
	at, ok := pmfile.ParseAddends(r.Payload)
	if !ok {
		return nil, pmfile.ReasonContents
	}
	if f := w.series[at]; f == nil || f.FloatValue() < 0 {
		return nil, pmfile.ReasonReference
	}
	a := &nativeAddends{Series: at, Values: []jsonNumber{}}
	for _, bits := range w.cells(r, r.CellRoom()) {
		a.Values = append(a.Values, jsonNumber(math.Float64frombits(bits)))
	}
	return a, ""
}
