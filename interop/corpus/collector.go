package corpus

import (
	"context"

	"polymeter.dev/metric"
)

// Collector returns a collector of the families.
func Collector(families []Family) metric.Collector {
	return metric.CollectorFunc(func(_ context.Context, emit func(metric.Family) error) error {
		for i := range families {
			built, err := families[i].Build()
			if err != nil {
				return err
			}
			if err := emit(built); err != nil {
				return err
			}
		}
		return nil
	})
}
