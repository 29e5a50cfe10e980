package main

import (
	"encoding/json"
	"io"
	"math"
	"strconv"

	"polymeter.dev/metric"
)

// The JSON form of a report. Absent things are left out.
type (
	jsonReport struct {
		File    string      `json:"file"`
		Size    int64       `json:"size"`
		Used    int64       `json:"used"`
		Layout  string      `json:"layout"`
		Type    string      `json:"type,omitempty"`
		Mode    string      `json:"mode,omitempty"`
		Process string      `json:"process,omitempty"`
		Entries []jsonEntry `json:"entries"`
		Damage  *jsonDamage `json:"damage,omitempty"`
	}
	jsonEntry struct {
		Offset int64             `json:"offset"`
		Family string            `json:"family"`
		Sample string            `json:"sample"`
		Labels map[string]string `json:"labels"`
		Help   string            `json:"help"`
		Value  jsonNumber        `json:"value"`
		Time   jsonNumber        `json:"time,omitempty"`
	}
	jsonDamage struct {
		Offset int64  `json:"offset"`
		Reason string `json:"reason"`
	}
)

// jsonNumber is a float64 that may be one that JSON has no number for; that is
// a string.
type jsonNumber float64

// MarshalJSON implements [json.Marshaler].
func (n jsonNumber) MarshalJSON() ([]byte, error) {
	if f := float64(n); math.IsNaN(f) || math.IsInf(f, 0) {
		return strconv.AppendQuote(nil, metric.FormatFloat(f)), nil
	}
	return json.Marshal(float64(n))
}

func writeReportJSON(w io.Writer, r *report) error {
	out := jsonReport{File: r.path, Size: r.size, Used: r.used, Layout: r.layout.String(), Entries: []jsonEntry{}}
	if r.named {
		out.Type, out.Mode, out.Process = r.name.Type.String(), r.mode(), r.name.ID
	}
	for i := range r.entries {
		out.Entries = append(out.Entries, r.entries[i].json())
	}
	if r.damage != nil {
		out.Damage = &jsonDamage{r.damage.Offset, r.damage.Reason}
	}
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	return encoder.Encode(out)
}

func (e *entry) json() jsonEntry {
	labels := make(map[string]string, len(e.Key.Names))
	for i, name := range e.Key.Names {
		labels[name] = e.Key.Values[i]
	}
	return jsonEntry{
		Offset: e.Offset,
		Family: e.Key.Family, Sample: e.Key.Sample, Labels: labels, Help: e.Key.Help,
		Value: jsonNumber(e.Value), Time: jsonNumber(e.Time),
	}
}
