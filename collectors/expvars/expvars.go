// Package expvars shows variables of the package expvar as metrics. It is a package
// of its own because importing expvar adds a page to [net/http.DefaultServeMux].
package expvars

import (
	"context"
	"encoding/json"
	"errors"
	"expvar"
	"fmt"
	"maps"
	"slices"

	"polymeter.dev/metric"
)

// New returns a collector of the variables that have a description, by their names.
// A number is shown as it is, true as 1 and false as 0. A variable that is a map has
// a label for each level of maps, named by LabelNames, and a series for each key.
//
// The type must be counter, gauge or unknown. A name that is not published has no
// family, since it may be later. A variable with a value of another form loses its
// family, and is named in the error of Collect; the others are shown. Variables are
// collected in the order of their names. The collector is a [metric.Describer] and
// may be used concurrently.
func New(descs map[string]metric.Desc) (metric.Describer, error) {
	for name, d := range descs {
		switch d.Type {
		case metric.TypeCounter, metric.TypeGauge, metric.TypeUnknown:
		default:
			return nil, fmt.Errorf("expvars: variable %q cannot be shown as %v: it is one number, or a map of them", name, d.Type)
		}
	}
	return &collector{descs: maps.Clone(descs)}, nil
}

type collector struct{ descs map[string]metric.Desc }

// Describe implements [metric.Describer].
func (c *collector) Describe() []*metric.Desc {
	var all []*metric.Desc
	for _, name := range slices.Sorted(maps.Keys(c.descs)) {
		d := c.descs[name]
		d.Name = metric.StripSuffix(d.Type, d.Name)
		all = append(all, &d)
	}
	return all
}

// Collect implements [metric.Collector].
func (c *collector) Collect(_ context.Context, emit func(metric.Family) error) error {
	var wrong error
	for _, name := range slices.Sorted(maps.Keys(c.descs)) {
		variable := expvar.Get(name)
		if variable == nil {
			continue
		}
		family, err := read(variable, c.descs[name])
		if err != nil {
			wrong = errors.Join(wrong, fmt.Errorf("expvars: variable %q: %w", name, err))
			continue
		}
		if err := emit(family); err != nil {
			return err
		}
	}
	return wrong
}

// read returns a variable as a family.
func read(v expvar.Var, d metric.Desc) (metric.Family, error) {
	var value any
	if err := json.Unmarshal([]byte(v.String()), &value); err != nil {
		return nil, err
	}
	family := metric.NewRawFamily(d.Name, d.Help, d.Type)
	family.Desc().Unit = d.Unit
	err := add(family, d.LabelNames, nil, value)
	return family, err
}

// add adds the series of a value whose first labels are known.
func add(family *metric.RawFamily, names, values []string, value any) error {
	if len(values) < len(names) {
		level, ok := value.(map[string]any)
		if !ok {
			return fmt.Errorf("%v is no map of values by %s", value, names[len(values)])
		}
		for _, key := range slices.Sorted(maps.Keys(level)) {
			if err := add(family, names, append(values[:len(values):len(values)], key), level[key]); err != nil {
				return err
			}
		}
		return nil
	}
	number, ok := numberOf(value)
	if !ok {
		return fmt.Errorf("%v is no number", value)
	}
	labels, err := metric.MakeLabels(names, values)
	if err != nil {
		return err
	}
	family.Add(metric.Sample{Name: family.Desc().SampleName(), Labels: labels, Value: number})
	return nil
}

func numberOf(value any) (number float64, ok bool) {
	switch v := value.(type) {
	case float64:
		return v, true
	case bool:
		if v {
			number = 1
		}
		return number, true
	}
	return 0, false
}
