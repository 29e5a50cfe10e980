package polymeter

import (
	"context"

	"polymeter.dev/metric"
)

// SampleValue collects, and returns the value of the sample with exactly this
// name and these labels in expanded form, such as "latency_seconds_bucket" with
// le. It is meant for tests and debugging: finding one sample costs a whole
// collection of its family, and of every collector that does not describe what
// it has; a collector that calls it is one of those, so give it a Describe
// method, or keep the instrument and call its Value. False means that there is
// none.
func (r *Registry) SampleValue(name string, labels map[string]string) (float64, bool) {
	wanted, err := metric.LabelsFromMap(labels)
	if err != nil {
		return 0, false
	}
	var value float64
	found := false
	// A family that is lost cannot have the sample; its error is of no use here.
	_ = r.collect(context.Background(), []string{name}, func(f metric.Family) error {
		samples, err := metric.Expand(f, true)
		if err != nil {
			return nil
		}
		for i := range samples {
			if !found && samples[i].Name == name && samples[i].Labels == wanted {
				value, found = samples[i].Value, true
			}
		}
		return nil
	})
	return value, found
}
