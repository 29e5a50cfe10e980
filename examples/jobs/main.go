// Jobs runs many short-lived processes, as cron or a queue would, and shows on one
// page what all of them have counted.
//
// Each job counts in the shared directory and ends within milliseconds. What it
// counted stays; its file does not: it is folded into an archive, so that neither
// the directory nor the page grows with the number of jobs.
package main

import (
	"context"
	"fmt"
	"io"
	"log"
	"os"
	"os/exec"
	"time"

	"polymeter.dev"
	"polymeter.dev/exposition"
	"polymeter.dev/metric"
	"polymeter.dev/multiprocess"
)

// jobEnv tells a process that it is a job.
const jobEnv = "EXAMPLE_JOBS_JOB"

func main() {
	if os.Getenv(jobEnv) != "" {
		job()
		return
	}
	if err := run(os.Stdout, 20); err != nil {
		log.Fatal(err)
	}
}

// job is all that a job does. It neither closes anything nor waits for anybody.
func job() {
	started := time.Now()
	runs := polymeter.NewCounter(polymeter.CounterOpts{Name: "job_runs_total", Help: "Jobs that were run."})
	last := polymeter.NewGauge(polymeter.GaugeOpts{
		Name: "job_last_run_timestamp_seconds", Help: "When a job ran last.", Mode: metric.GaugeMostRecent,
	})
	duration := polymeter.NewHistogram(polymeter.HistogramOpts{Name: "job_duration_seconds", Help: "Time that jobs took."})

	runs.Inc()
	last.SetToCurrentTime()
	duration.Observe(time.Since(started).Seconds())
}

// run runs a number of jobs, one after the other, folds what they have left and
// prints the page.
func run(w io.Writer, jobs int) error {
	dir, err := os.MkdirTemp("", "polymeter-jobs-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	for range jobs {
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), jobEnv+"=1", multiprocess.DirEnv+"="+dir)
		cmd.Stderr = os.Stderr
		if err := cmd.Run(); err != nil {
			return err
		}
	}
	// `polymeter serve` does this by itself, every few seconds.
	if _, err := multiprocess.Compact(context.Background(), dir, nil); err != nil {
		return err
	}
	collector, err := multiprocess.NewCollector(dir, nil)
	if err != nil {
		return err
	}
	page, err := exposition.GenerateLatest(collector)
	if err != nil {
		return err
	}
	files, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(w, "%s# %d jobs have left %d file.\n", page, jobs, len(files))
	return err
}
