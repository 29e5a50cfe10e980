// Workers counts in four processes and prints one page that shows all of them:
// three workers, which this program starts, and itself.
//
// The workers declare their metrics as any program does. That they count in
// files is decided by the environment variable that names the directory.
package main

import (
	"errors"
	"fmt"
	"io"
	"log"
	"os"
	"os/exec"
	"strconv"
	"time"

	"polymeter.dev"
	"polymeter.dev/exposition"
	"polymeter.dev/multiprocess"
)

const (
	workers = 3
	tasks   = 10

	// workerEnv tells a process that it is a worker, and which one.
	workerEnv = "EXAMPLE_WORKER"
	// pauseEnv is how long a task of a worker takes.
	pauseEnv = "EXAMPLE_PAUSE"
)

func main() {
	var err error
	if id, ok := os.LookupEnv(workerEnv); ok {
		err = work(os.Stdout, id)
	} else {
		err = run(os.Stdout, 100*time.Millisecond)
	}
	if err != nil {
		log.Fatal(err)
	}
}

// work is what a worker does.
func work(w io.Writer, id string) error {
	pause, err := time.ParseDuration(os.Getenv(pauseEnv))
	if err != nil {
		return err
	}
	completed := polymeter.NewCounterVec(polymeter.CounterOpts{
		Name: "worker_tasks_completed_total", Help: "Tasks completed by worker.", Labels: []string{"worker_id"},
	})
	duration := polymeter.NewHistogramVec(polymeter.HistogramOpts{
		Name: "worker_task_duration_seconds", Help: "Task duration.", Labels: []string{"worker_id"},
	})
	for task := range tasks {
		polymeter.Time(duration.With(id), func() { time.Sleep(pause) })
		completed.With(id).Inc()
		fmt.Fprintf(w, "Worker %s completed task %d\n", id, task+1)
	}
	return nil
}

// run starts the workers, waits for them and prints what all have counted.
func run(w io.Writer, pause time.Duration) error {
	dir, err := os.MkdirTemp("", "polymeter-workers-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	store, err := multiprocess.Open(dir, nil)
	if err != nil {
		return err
	}
	defer store.Close()
	registry := polymeter.NewRegistry(&polymeter.RegistryOptions{Store: store})
	operations := polymeter.Must(registry.NewCounter(polymeter.CounterOpts{
		Name: "main_process_operations_total", Help: "Main process operations.",
	}))
	operations.Add(5)

	if err := runWorkers(w, dir, pause); err != nil {
		return err
	}
	page, err := exposition.GenerateLatest(registry)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(w, "Multiprocess metrics:\n%s", page)
	return err
}

// runWorkers runs this program once more for each worker, all at the same time.
func runWorkers(w io.Writer, dir string, pause time.Duration) error {
	var running []*exec.Cmd
	var failed error
	for id := range workers {
		worker := exec.Command(os.Args[0])
		worker.Env = append(os.Environ(),
			multiprocess.DirEnv+"="+dir,
			workerEnv+"="+strconv.Itoa(id),
			pauseEnv+"="+pause.String(),
		)
		worker.Stdout, worker.Stderr = w, os.Stderr
		if failed = worker.Start(); failed != nil {
			break
		}
		running = append(running, worker)
	}
	for _, worker := range running {
		failed = errors.Join(failed, worker.Wait())
	}
	return failed
}
