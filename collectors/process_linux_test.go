package collectors_test

import (
	"math"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"polymeter.dev/collectors"
	"polymeter.dev/metric"
)

// values returns the value of each family.
func values(t *testing.T, c metric.Collector) map[string]float64 {
	t.Helper()
	found := map[string]float64{}
	for name, s := range samples(t, c) {
		found[name] = s.Value
	}
	return found
}

// TestProcessExactly reads a tree like /proc. Of process 4711 all is there, of
// 4712 a part, and in 4713 all files are damaged.
func TestProcessExactly(t *testing.T) {
	t.Parallel()
	page := float64(os.Getpagesize())
	for _, tt := range []struct {
		name, mount string
		options     collectors.ProcessOptions
		want        map[string]float64
	}{
		{"whole", "testdata/proc", collectors.ProcessOptions{PID: 4711}, map[string]float64{
			"process_cpu_seconds_total":            13,
			"process_open_fds":                     5,
			"process_max_fds":                      1024,
			"process_virtual_memory_bytes":         1 << 30,
			"process_virtual_memory_max_bytes":     math.MaxUint64,
			"process_resident_memory_bytes":        2048 * page,
			"process_start_time_seconds":           1_700_002_500.5,
			"process_network_receive_bytes_total":  5000,
			"process_network_transmit_bytes_total": 7000,
		}},
		{"part, with a prefix", "testdata/proc", collectors.ProcessOptions{PID: 4712, Namespace: "db"}, map[string]float64{
			"db_process_cpu_seconds_total":     0.1,
			"db_process_virtual_memory_bytes":  4096,
			"db_process_resident_memory_bytes": page,
			"db_process_start_time_seconds":    1_700_003_000,
		}},
		{"damaged", "testdata/proc", collectors.ProcessOptions{PID: 4713}, map[string]float64{
			"process_open_fds":                    1,
			"process_network_receive_bytes_total": 5001,
		}},
		{"ended", "testdata/proc", collectors.ProcessOptions{PID: 4714}, map[string]float64{}},
		{"not a process", "testdata/proc", collectors.ProcessOptions{PID: -1}, map[string]float64{}},
		{"no /proc", "testdata/none", collectors.ProcessOptions{PID: 4711}, map[string]float64{}},
		{"no self in /proc", "testdata/proc", collectors.ProcessOptions{}, map[string]float64{}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := collectors.NewProcessAt(tt.mount, &tt.options)
			if diff := cmp.Diff(tt.want, values(t, c)); diff != "" {
				t.Error(diff)
			}
			if n := len(describe(t, c)); n != processMetrics {
				t.Errorf("%d families are described", n)
			}
		})
	}
}

// TestStartTimeStays moves the time of the boot, as the kernel does when the
// clock is set, and then gives the number to another process.
func TestStartTimeStays(t *testing.T) {
	t.Parallel()
	mount := t.TempDir()
	if err := os.CopyFS(mount, os.DirFS("testdata/proc")); err != nil {
		t.Fatal(err)
	}
	c := collectors.NewProcessAt(mount, &collectors.ProcessOptions{PID: 4711})
	check := func(want float64) {
		t.Helper()
		if got := values(t, c)["process_start_time_seconds"]; got != want {
			t.Errorf("got %v, want %v", got, want)
		}
	}
	check(1_700_002_500.5)
	if err := os.WriteFile(filepath.Join(mount, "stat"), []byte("btime 1700000001\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	check(1_700_002_500.5)
	if err := os.Rename(filepath.Join(mount, "4712", "stat"), filepath.Join(mount, "4711", "stat")); err != nil {
		t.Fatal(err)
	}
	check(1_700_003_001)
}

func TestOwnProcess(t *testing.T) {
	t.Parallel()
	if _, err := os.Stat("/proc/self/stat"); err != nil {
		t.Skip("/proc is not mounted")
	}
	got := values(t, collectors.NewProcess(nil))
	for name, least := range map[string]float64{
		"process_cpu_seconds_total":     0,
		"process_open_fds":              3,
		"process_max_fds":               got["process_open_fds"],
		"process_virtual_memory_bytes":  got["process_resident_memory_bytes"],
		"process_resident_memory_bytes": 1 << 20,
		"process_start_time_seconds":    float64(time.Now().AddDate(-1, 0, 0).Unix()),
	} {
		if v, ok := got[name]; !ok || v < least {
			t.Errorf("%s is %v, less than %v", name, v, least)
		}
	}
	// The kernel's idea of the boot time is whole seconds.
	if start := got["process_start_time_seconds"]; start > float64(time.Now().Unix()+1) {
		t.Errorf("the process started in the future, at %v", start)
	}
	same := values(t, collectors.NewProcess(&collectors.ProcessOptions{PID: os.Getpid()}))
	if got["process_start_time_seconds"] != same["process_start_time_seconds"] {
		t.Errorf("process 0 is not the one that collects: started at %v, not %v",
			got["process_start_time_seconds"], same["process_start_time_seconds"])
	}
}
