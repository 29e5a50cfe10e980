// Package workload makes up what workers do: declarations of instruments, and
// updates of them, the same for every implementation.
package workload

import (
	"encoding/json"
	"strconv"
)

// Family declares one instrument.
type Family struct {
	// Kind is "counter", "gauge", "histogram" or "summary".
	Kind string `json:"kind"`
	Name string `json:"name"`
	Help string `json:"help"`
	Unit string `json:"unit"`
	// Labels are the label names; none mean an instrument without labels.
	Labels []string `json:"labels"`
	// Mode is the multiprocess mode of a gauge.
	Mode string `json:"mode"`
	// Buckets are a histogram's bounds; none mean the default ones.
	Buckets []Number `json:"buckets"`
	// Registry tells which of a worker's registries the instrument is in.
	Registry string `json:"registry"`
	// Unused instruments are declared and never updated.
	Unused bool `json:"-"`
}

// Update is one call of an instrument's method.
type Update struct {
	// Family is the position of its declaration.
	Family int `json:"family"`
	// Values are the label values.
	Values []string `json:"values"`
	// Do is "inc", "dec", "set" or "observe"; or "touch", which asks for the
	// series and does nothing with it.
	Do    string `json:"do"`
	Value Number `json:"value"`
}

// Worker is a process of either implementation that counts in a directory.
type Worker interface {
	// Declare declares the instruments. The identifier takes the place of
	// the process id unless it is empty. It may be called once.
	Declare(families []Family, identifier string) error
	// Update carries out the updates, in order. When it returns, the worker
	// is idle.
	Update(updates []Update) error
	// Pid is the process id.
	Pid() string
	// Stop ends the process in the ordinary way.
	Stop()
	// Kill ends the process without notice.
	Kill()
}

// Number is a float64 that travels with all its bits.
type Number float64

// MarshalJSON writes the number in the notation that Python's float.fromhex and
// Go's strconv share.
func (n Number) MarshalJSON() ([]byte, error) {
	return json.Marshal(strconv.FormatFloat(float64(n), 'x', -1, 64))
}

// UnmarshalJSON reads what MarshalJSON writes.
func (n *Number) UnmarshalJSON(text []byte) error {
	var s string
	if err := json.Unmarshal(text, &s); err != nil {
		return err
	}
	f, err := strconv.ParseFloat(s, 64)
	*n = Number(f)
	return err
}
