package main

import (
	"encoding/json"
	"math"
	"strconv"

	"polymeter.dev/metric"
)

// jsonDamage says where a file is damaged, and why.
type jsonDamage struct {
	Offset int64  `json:"offset"`
	Reason string `json:"reason"`
}

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

// String returns the number as pages have it.
func (n jsonNumber) String() string { return string(metric.AppendValue(nil, float64(n))) }

func toNumber(f float64) *jsonNumber {
	n := jsonNumber(f)
	return &n
}

func jsonNumbers(values []float64) []jsonNumber {
	numbers := make([]jsonNumber, len(values))
	for i, v := range values {
		numbers[i] = jsonNumber(v)
	}
	return numbers
}

// jsonCount is a count, which is a whole number or a float.
type jsonCount struct {
	bits  uint64
	float bool
}

func (c jsonCount) number() jsonNumber { return jsonNumber(math.Float64frombits(c.bits)) }

// MarshalJSON implements [json.Marshaler].
func (c jsonCount) MarshalJSON() ([]byte, error) {
	if c.float {
		return c.number().MarshalJSON()
	}
	return strconv.AppendUint(nil, c.bits, 10), nil
}

// String returns the number.
func (c jsonCount) String() string {
	if c.float {
		return c.number().String()
	}
	return strconv.FormatUint(c.bits, 10)
}

// jsonTime is a time in nanoseconds since the Unix epoch; it is written as
// decimal seconds, exactly.
type jsonTime int64

// MarshalText implements [encoding.TextMarshaler].
func (t jsonTime) MarshalText() ([]byte, error) {
	return metric.NewTimestamp(0, int64(t)).AppendText(nil)
}

// String shows the time; zero is "-".
func (t jsonTime) String() string {
	if t == 0 {
		return "-"
	}
	return shownTime(metric.NewTimestamp(0, int64(t)).Time())
}
