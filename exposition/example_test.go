package exposition_test

import (
	"context"
	"fmt"
	"os"

	"polymeter.dev/exposition"
	"polymeter.dev/metric"
)

// jobs is a collector of two families.
var jobs = metric.CollectorFunc(func(_ context.Context, emit func(metric.Family) error) error {
	done := metric.NewCounterFamily("jobs", "Jobs done.", "queue")
	done.AddRow(metric.CounterRow{LabelValues: []string{"mail"}, Value: 5, Created: metric.NewTimestamp(1700000000, 0)})
	waiting := metric.NewGaugeHistogramFamily("wait_seconds", "How long jobs have been waiting.")
	waiting.Add([]metric.Bucket{{UpperBound: 1, Count: 2}, {UpperBound: metric.Inf(), Count: 3}}, 4.5)
	return metric.EmitAll(emit, done, waiting)
})

func ExampleWrite() {
	if _, err := exposition.Write(context.Background(), os.Stdout, jobs, exposition.FormatOpenMetrics2(), nil); err != nil {
		fmt.Println(err)
	}
	// Output:
	// # TYPE jobs_total counter
	// # HELP jobs_total Jobs done.
	// jobs_total{queue="mail"} 5 st@1700000000
	// # TYPE wait_seconds gaugehistogram
	// # HELP wait_seconds How long jobs have been waiting.
	// wait_seconds {gcount:3,gsum:4.5,bucket:[1.0:2,+Inf:3]}
	// # EOF
}

func ExampleGenerateLatest() {
	page, err := exposition.GenerateLatest(jobs)
	fmt.Printf("%s%v", page, err)
	// Output:
	// # HELP jobs_total Jobs done.
	// # TYPE jobs_total counter
	// jobs_total{queue="mail"} 5
	// # HELP wait_seconds How long jobs have been waiting.
	// # TYPE wait_seconds histogram
	// wait_seconds_bucket{le="1.0"} 2
	// wait_seconds_bucket{le="+Inf"} 3
	// # HELP wait_seconds_gcount How long jobs have been waiting.
	// # TYPE wait_seconds_gcount gauge
	// wait_seconds_gcount 3
	// # HELP wait_seconds_gsum How long jobs have been waiting.
	// # TYPE wait_seconds_gsum gauge
	// wait_seconds_gsum 4.5
	// <nil>
}

func ExampleEncoder() {
	e := exposition.NewEncoder(os.Stdout, exposition.FormatOpenMetrics(), &exposition.Options{Created: exposition.Off})
	fine := metric.NewGaugeFamily("depth", "Queue depth.")
	fine.Add(3)
	impossible := metric.NewRawFamily("errors", "Errors.", metric.TypeCounter)
	impossible.AddSample("errors_total", nil, -1)
	for _, family := range []metric.Family{impossible, fine} {
		if err := e.Encode(family); err != nil {
			fmt.Println("#", err)
		}
	}
	if err := e.Close(); err != nil {
		fmt.Println(err)
	}
	fmt.Printf("%d written, %d refused\n", e.Stats().Families, e.Stats().Refused)
	// Output:
	// # exposition: family "errors" is left out: a counter cannot have the value -1
	// # TYPE depth gauge
	// # HELP depth Queue depth.
	// depth 3
	// # EOF
	// 1 written, 1 refused
}
