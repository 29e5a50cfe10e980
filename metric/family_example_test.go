package metric_test

import (
	"fmt"

	"polymeter.dev/metric"
)

func ExampleCounterFamily() {
	requests := metric.NewCounterFamily("app_requests_total", "Requests served.", "endpoint", "method")
	requests.Add(1500, "/api/users", "GET")
	requests.AddRow(metric.CounterRow{
		Labels:  map[string]string{"method": "POST", "endpoint": "/api/users"},
		Value:   300,
		Created: metric.NewTimestamp(1700000000, 0),
	})
	show(requests)
	// Output:
	// app_requests_total{endpoint="/api/users",method="GET"} 1500
	// app_requests_total{endpoint="/api/users",method="POST"} 300
	// app_requests_created{endpoint="/api/users",method="POST"} 1.7e+09
}

func ExampleGaugeFamily() {
	temperature := metric.NewGaugeFamily("room_temperature_celsius", "Temperature of the room.")
	temperature.SetUnit("celsius")
	temperature.Add(21.5)
	show(temperature)
	// Output:
	// room_temperature_celsius{} 21.5
}

func ExampleGaugeFamily_error() {
	rows := metric.NewGaugeFamily("table_rows", "Rows in a table.", "table")
	rows.Add(7)
	show(rows)
	// Output:
	// metric: 0 label values [] for the 1 label names ["table"] in family "table_rows"
}

func ExampleUnknownFamily() {
	reading := metric.NewUnknownFamily("legacy_reading", "A number from elsewhere.", "source")
	reading.Add(42, "plc")
	show(reading)
	// Output:
	// legacy_reading{source="plc"} 42
}

func ExampleHistogramFamily() {
	times := metric.NewHistogramFamily("app_response_time_seconds", "Response times.", "endpoint")
	buckets, err := metric.ParseBuckets(
		[]string{"0.1", "0.5", "+Inf"},
		[]float64{100, 280, 305},
	)
	if err != nil {
		fmt.Println(err)
		return
	}
	times.Add(buckets, 45.7, "/api/users")
	show(times)
	// Output:
	// app_response_time_seconds_bucket{endpoint="/api/users",le="0.1"} 100
	// app_response_time_seconds_bucket{endpoint="/api/users",le="0.5"} 280
	// app_response_time_seconds_bucket{endpoint="/api/users",le="+Inf"} 305
	// app_response_time_seconds_count{endpoint="/api/users"} 305
	// app_response_time_seconds_sum{endpoint="/api/users"} 45.7
}

func ExampleGaugeHistogramFamily() {
	waiting := metric.NewGaugeHistogramFamily("queue_age_seconds", "Ages of the jobs that wait.")
	waiting.Add([]metric.Bucket{{UpperBound: 60, Count: 2}, {UpperBound: metric.Inf(), Count: 3}}, 100)
	show(waiting)
	// Output:
	// queue_age_seconds_bucket{le="60.0"} 2
	// queue_age_seconds_bucket{le="+Inf"} 3
	// queue_age_seconds_gcount{} 3
	// queue_age_seconds_gsum{} 100
}

func ExampleSummaryFamily() {
	sizes := metric.NewSummaryFamily("app_request_size_bytes", "Request sizes.", "endpoint")
	sizes.Add(500, 250000, "/api/users")
	sizes.AddRow(metric.SummaryRow{
		LabelValues: []string{"/api/orders"},
		Count:       300,
		Sum:         150000,
		Quantiles:   []metric.Quantile{{Quantile: 0.5, Value: 400}},
	})
	show(sizes)
	// Output:
	// app_request_size_bytes_count{endpoint="/api/users"} 500
	// app_request_size_bytes_sum{endpoint="/api/users"} 250000
	// app_request_size_bytes{endpoint="/api/orders",quantile="0.5"} 400
	// app_request_size_bytes_count{endpoint="/api/orders"} 300
	// app_request_size_bytes_sum{endpoint="/api/orders"} 150000
}

func ExampleInfoFamily() {
	app := metric.NewInfoFamily("app_info", "The application.")
	app.Add(map[string]string{"version": "2.1.0", "commit": "abc123def"})
	show(app)
	// Output:
	// app_info{commit="abc123def",version="2.1.0"} 1
}

func ExampleStateSetFamily() {
	state := metric.NewStateSetFamily("replica_state", "What the replica does.", "replica")
	state.Add(map[string]bool{"starting": false, "serving": true}, "r1")
	show(state)
	// Output:
	// replica_state{replica="r1",replica_state="serving"} 1
	// replica_state{replica="r1",replica_state="starting"} 0
}

func ExampleRawFamily() {
	memory := metric.NewRawFamily("system_memory_bytes", "Memory by use.", metric.TypeGauge)
	memory.AddSample("system_memory_bytes", map[string]string{"type": "total"}, 1024)
	memory.AddSample("system_memory_bytes", map[string]string{"type": "used"}, 256)
	for _, s := range memory.Samples() {
		fmt.Println(s.Name, s.Labels.Get("type"), s.Value)
	}
	// Output:
	// system_memory_bytes total 1024
	// system_memory_bytes used 256
}

func ExampleSnapshot() {
	requests := metric.NewCounterFamily("requests", "Requests served.")
	requests.Add(3)
	kept, err := metric.Copy(requests)
	if err != nil {
		fmt.Println(err)
		return
	}
	requests.Reset()
	requests.Add(4)
	show(kept)
	// Output:
	// requests_total{} 3
}

func ExampleComposer() {
	lines := metric.NewRawFamily("wait_seconds", "Waiting times.", metric.TypeHistogram)
	lines.AddSample("wait_seconds_bucket", map[string]string{"le": "1"}, 2)
	lines.AddSample("wait_seconds_bucket", map[string]string{"le": "+Inf"}, 3)
	lines.AddSample("wait_seconds_count", nil, 3)
	lines.AddSample("wait_seconds_sum", nil, 2.5)

	var composer metric.Composer
	err := composer.Compose(lines, 1000).Each(func(s *metric.Sample) error {
		fmt.Println(s.Name, s.Histogram.Count, s.Histogram.Sum, s.Histogram.Buckets)
		return nil
	})
	if err != nil {
		fmt.Println(err)
	}
	// Output:
	// wait_seconds 3 2.5 [{1 2} {+Inf 3}]
}
