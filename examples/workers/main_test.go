//go:build unix

package main

import (
	"log"
	"os"
	"strings"
	"sync"
	"testing"
)

func TestMain(m *testing.M) {
	if id, ok := os.LookupEnv(workerEnv); ok {
		if err := work(os.Stdout, id); err != nil {
			log.Fatal(err)
		}
		return
	}
	m.Run()
}

// output takes what several processes print.
type output struct {
	mu   sync.Mutex
	text strings.Builder
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(p)
}

func TestRun(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	var out output
	if err := run(&out, 0); err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{
		`Worker 2 completed task 10`,
		`main_process_operations_total 5`,
		`worker_tasks_completed_total{worker_id="0"} 10`,
		`worker_tasks_completed_total{worker_id="1"} 10`,
		`worker_tasks_completed_total{worker_id="2"} 10`,
		`worker_task_duration_seconds_bucket{worker_id="0",le="+Inf"} 10`,
		`worker_task_duration_seconds_count{worker_id="2"} 10`,
	} {
		if !strings.Contains(out.text.String(), line+"\n") {
			t.Errorf("no line %q in\n%s", line, &out.text)
		}
	}
	left, err := os.ReadDir(os.TempDir())
	if err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}
