package collectors_test

import (
	"fmt"
	"os"
	"runtime"

	"polymeter.dev"
	"polymeter.dev/collectors"
	"polymeter.dev/exposition"
)

func ExampleStandard() {
	registry := polymeter.NewRegistry(nil) // or polymeter.Default()
	registry.MustRegister(collectors.Standard()...)

	goroutines, _ := registry.SampleValue("go_goroutines", nil)
	version, _ := registry.SampleValue("go_info", map[string]string{"version": runtime.Version()})
	fmt.Println(goroutines > 0, version)
	// Output: true 1
}

func ExampleNewProcess() {
	registry := polymeter.NewRegistry(nil)
	registry.MustRegister(
		collectors.NewProcess(nil),
		// The parent too, under names like parent_process_open_fds.
		collectors.NewProcess(&collectors.ProcessOptions{PID: os.Getppid(), Namespace: "parent"}),
	)
	_, err := exposition.GenerateLatest(registry)
	fmt.Println(err)
	// Output: <nil>
}

func ExampleNewGo() {
	registry := polymeter.NewRegistry(nil)
	registry.MustRegister(collectors.NewGo(&collectors.GoOptions{All: true}))

	_, ok := registry.SampleValue("go_sched_latencies_seconds_bucket", map[string]string{"le": "+Inf"})
	fmt.Println(ok)
	// Output: true
}
