//go:build unix

package multiprocess_test

import (
	"context"
	"fmt"

	"polymeter.dev/metric"
	"polymeter.dev/multiprocess"
)

// A directory of the Python client is merged like one of our own.
func ExampleCollector() {
	collector, err := multiprocess.NewCollector("testdata/python/0.21", nil)
	if err != nil {
		panic(err)
	}
	err = collector.Collect(context.Background(), func(f metric.Family) error {
		samples, err := metric.Expand(f, false)
		for _, s := range samples {
			fmt.Printf("%s%v %v\n", s.Name, s.Labels, s.Value)
		}
		return err
	})
	if err != nil {
		panic(err)
	}
	// Output:
	// jobs_total{} 0
	// latest{} 7
	// level{pid="4711"} -0.1
	// size_count{} 2
	// size_sum{} 0.30000000000000004
	// took_seconds_bucket{a="x",le="-1.0"} 1
	// took_seconds_bucket{a="x",le="0.25"} 2
	// took_seconds_bucket{a="x",le="1e+06"} 3
	// took_seconds_bucket{a="x",le="+Inf"} 5
	// took_seconds_count{a="x"} 5
	// took_seconds_sum{a="x"} +Inf
	// visits_total{b="",path=""} 1
	// visits_total{b="ü 日本 🎉\n",path="/\"quoted\"\\"} 2.5
}
