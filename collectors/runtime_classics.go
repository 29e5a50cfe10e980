package collectors

import "polymeter.dev/metric"

// Samples of runtime/metrics that stand for more than one metric.
const (
	tinyAllocs   = "/gc/heap/tiny/allocs:objects"
	heapObjects  = "/memory/classes/heap/objects:bytes"
	heapUnused   = "/memory/classes/heap/unused:bytes"
	heapReleased = "/memory/classes/heap/released:bytes"
	heapFree     = "/memory/classes/heap/free:bytes"
	heapStacks   = "/memory/classes/heap/stacks:bytes"
	mspanInuse   = "/memory/classes/metadata/mspan/inuse:bytes"
	mcacheInuse  = "/memory/classes/metadata/mcache/inuse:bytes"
	allocBytes   = "/gc/heap/allocs:bytes"
	freeBytes    = "/gc/heap/frees:bytes"
)

// exactSums names, for histograms whose observations are counted elsewhere too,
// the metric that is their sum.
var exactSums = map[string]string{
	"/gc/heap/allocs-by-size:bytes": allocBytes,
	"/gc/heap/frees-by-size:bytes":  freeBytes,
}

// classics are the metrics under their traditional names, those of
// runtime.MemStats, each with the samples of runtime/metrics that it is the sum
// of.
var classics = []struct {
	typ        metric.Type
	name, help string
	from       []string
}{
	{metric.TypeGauge, "go_goroutines", "Goroutines that exist.", []string{"/sched/goroutines:goroutines"}},
	{metric.TypeGauge, "go_sched_gomaxprocs_threads", "Value of GOMAXPROCS.", []string{"/sched/gomaxprocs:threads"}},
	{metric.TypeGauge, "go_gc_gogc_percent", "Heap growth at which a garbage collection starts, as set by GOGC.", []string{"/gc/gogc:percent"}},
	{metric.TypeGauge, "go_gc_gomemlimit_bytes", "Memory limit, as set by GOMEMLIMIT; 2^63 when there is none.", []string{"/gc/gomemlimit:bytes"}},

	{metric.TypeGauge, "go_memstats_alloc_bytes", "Size of allocated heap objects that are not freed.", []string{heapObjects}},
	// Not a counter, as OpenMetrics 1.0 would see the name of the gauge above.
	{metric.TypeUnknown, "go_memstats_alloc_bytes_total", "Size of all heap objects ever allocated.", []string{allocBytes}},
	{metric.TypeCounter, "go_memstats_mallocs_total", "Heap objects ever allocated.", []string{"/gc/heap/allocs:objects", tinyAllocs}},
	{metric.TypeCounter, "go_memstats_frees_total", "Heap objects ever freed.", []string{"/gc/heap/frees:objects", tinyAllocs}},
	{metric.TypeGauge, "go_memstats_sys_bytes", "Memory obtained from the operating system.", []string{"/memory/classes/total:bytes"}},

	{metric.TypeGauge, "go_memstats_heap_alloc_bytes", "Size of allocated heap objects that are not freed; go_memstats_alloc_bytes is the same.", []string{heapObjects}},
	{metric.TypeGauge, "go_memstats_heap_sys_bytes", "Heap memory obtained from the operating system.", []string{heapObjects, heapUnused, heapReleased, heapFree}},
	{metric.TypeGauge, "go_memstats_heap_idle_bytes", "Heap memory in spans without objects.", []string{heapReleased, heapFree}},
	{metric.TypeGauge, "go_memstats_heap_inuse_bytes", "Heap memory in spans with objects.", []string{heapObjects, heapUnused}},
	{metric.TypeGauge, "go_memstats_heap_released_bytes", "Heap memory given back to the operating system.", []string{heapReleased}},
	{metric.TypeGauge, "go_memstats_heap_objects", "Heap objects that are not freed.", []string{"/gc/heap/objects:objects"}},

	{metric.TypeGauge, "go_memstats_stack_inuse_bytes", "Memory of goroutine stacks.", []string{heapStacks}},
	{metric.TypeGauge, "go_memstats_stack_sys_bytes", "Memory of goroutine and thread stacks.", []string{heapStacks, "/memory/classes/os-stacks:bytes"}},
	{metric.TypeGauge, "go_memstats_mspan_inuse_bytes", "Memory of span descriptions in use.", []string{mspanInuse}},
	{metric.TypeGauge, "go_memstats_mspan_sys_bytes", "Memory reserved for span descriptions.", []string{mspanInuse, "/memory/classes/metadata/mspan/free:bytes"}},
	{metric.TypeGauge, "go_memstats_mcache_inuse_bytes", "Memory of allocation caches in use.", []string{mcacheInuse}},
	{metric.TypeGauge, "go_memstats_mcache_sys_bytes", "Memory reserved for allocation caches.", []string{mcacheInuse, "/memory/classes/metadata/mcache/free:bytes"}},
	{metric.TypeGauge, "go_memstats_buck_hash_sys_bytes", "Memory of profiling tables.", []string{"/memory/classes/profiling/buckets:bytes"}},
	{metric.TypeGauge, "go_memstats_gc_sys_bytes", "Memory of garbage collection metadata.", []string{"/memory/classes/metadata/other:bytes"}},
	{metric.TypeGauge, "go_memstats_other_sys_bytes", "Memory of everything else in the runtime.", []string{"/memory/classes/other:bytes"}},
	{metric.TypeGauge, "go_memstats_next_gc_bytes", "Heap size at which the running or next garbage collection aims.", []string{"/gc/heap/goal:bytes"}},
}
