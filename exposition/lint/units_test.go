package lint_test

import "polymeter.dev/exposition/lint"

func unitExamples() map[string][]example {
	return map[string][]example{
		"unit-undeclared": {
			bad("gauge", of(gauge, "uptime_seconds")),
			bad("counter", of(counter, "read_bytes")),
			bad("ratio", of(gauge, "hit_ratio")),
			good("declared", of(gauge, "uptime_seconds").unit("seconds")),
			good("no unit", of(gauge, "threads")),
			good("state set", of(stateSet, "clock_seconds")),
			good("every Go program's", of(gauge, "go_gc_duration_seconds"), of(counter, "go_gc_heap_allocs_bytes")),
			good("every process's", of(counter, "process_cpu_seconds"), of(gauge, "process_resident_memory_bytes")),
			good("the format has none", of(gauge, "uptime_seconds")).with(lint.Options{NoUnits: true}),
		},
		"unit-not-base": {
			bad("time", of(hist, "latency_milliseconds")),
			bad("size of a counter", of(counter, "read_kilobytes")),
			bad("before the total", of(gauge, "cpu_minutes_total")),
			bad("percent", of(gauge, "disk_used_percent")),
			bad("declared", of(gauge, "timeout_hours").unit("hours")),
			bad("camel case", of(gauge, "latencyMilliseconds")),
			good("base", of(hist, "latency_seconds")),
			good("not at the end", of(gauge, "business_hours_requests")),
			good("a rate", of(gauge, "kilobytes_per_second")),
			good("every Go program's", of(gauge, "go_gc_gogc_percent")),
			bad("bits", of(counter, "sent_bits")),
			good("bits of entropy", of(gauge, "node_entropy_available_bits"), of(gauge, "node_entropy_pool_size_bits")),
		},
		"unit-abbreviated": {
			bad("time", of(hist, "latency_ms")),
			bad("one letter", of(counter, "cpu_s")),
			bad("size", of(gauge, "heap_mb").unit("mb")),
			good("written out", of(gauge, "heap_bytes")),
			good("not at the end", of(gauge, "ms_windows_version")),
			good("part of a word", of(gauge, "atoms")),
		},
		"unit-not-last": {
			bad("first", of(gauge, "seconds_since_start")),
			bad("within", of(counter, "bytes_received")),
			good("last", of(counter, "received_bytes")),
			good("before a total", of(gauge, "received_bytes_total")),
			good("a rate", of(gauge, "bytes_per_packet")),
			good("another unit is declared", of(gauge, "bytes_in_pages").unit("pages")),
			good("another meaning", of(gauge, "hours_worked")),
		},
		"unit-mismatch": {
			bad("not the end", of(gauge, "latency").unit("seconds")),
			bad("another", of(gauge, "latency_ms").unit("seconds")),
			bad("info", of(info, "build_seconds").unit("seconds")),
			bad("state set", of(stateSet, "phase_seconds").unit("seconds")),
			good("the end", of(gauge, "latency_seconds").unit("seconds")),
			good("none", of(gauge, "latency")),
			good("one's own", of(counter, "read_pages").unit("pages")),
		},
		"unit-mixed": {
			bad("time", of(hist, "latency_seconds"), of(hist, "latency_milliseconds")),
			bad("abbreviated", of(counter, "read_kb"), of(counter, "read_bytes")),
			bad("temperature", of(gauge, "air_celsius"), of(gauge, "air_fahrenheit")),
			good("different dimensions", of(gauge, "cache_bytes"), of(gauge, "cache_seconds")),
			good("different things", of(gauge, "read_seconds"), of(gauge, "write_milliseconds")),
			good("the same unit", of(counter, "read_bytes"), of(gauge, "read_bytes")),
			good("the unit only", of(gauge, "seconds"), of(gauge, "ms")),
		},
	}
}
