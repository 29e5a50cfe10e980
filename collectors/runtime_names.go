package collectors

import (
	"runtime/metrics"
	"strings"

	"polymeter.dev/metric"
)

// runtimeName derives a metric name from that of runtime/metrics, which is a
// path, a colon and a unit: /gc/heap/allocs-by-size:bytes becomes
// go_gc_heap_allocs_by_size_bytes, and a cumulative number gets _total. False
// means that the metric cannot be shown: its kind, or a character in its name,
// is one that later versions of Go invented.
func runtimeName(d *metrics.Description) (string, bool) {
	path, _, ok := strings.Cut(d.Name, ":")
	if !ok {
		return "", false
	}
	name := "go" + strings.NewReplacer("/", "_", "-", "_").Replace(path) + "_" + runtimeUnit(d.Name)
	switch d.Kind {
	case metrics.KindUint64, metrics.KindFloat64:
		if d.Cumulative {
			name += "_total"
		}
	case metrics.KindFloat64Histogram:
		if !d.Cumulative {
			return "", false
		}
	default:
		return "", false
	}
	return name, metric.IsLegacyMetricName(name)
}

// runtimeUnit returns the unit of a metric of runtime/metrics in the form that
// names have.
func runtimeUnit(name string) string {
	_, unit, _ := strings.Cut(name, ":")
	return strings.NewReplacer("-", "_", "*", "_", "/", "_per_").Replace(unit)
}
