package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"time"
)

// patience is how long a worker may take beyond the time that it counts for.
const patience = 30 * time.Second

// crew are the worker processes of a demonstration.
type crew struct {
	ctx     context.Context // ends them all
	cancel  context.CancelFunc
	dir     string
	errors  io.Writer
	workers []*worker
}

// worker is one process. It says in lines how many increments have returned, and
// then that it is done; after that it lives until its input ends.
type worker struct {
	name  string
	cmd   *exec.Cmd
	input io.Closer
	// acknowledged may be read after done was received.
	acknowledged int64
	done         chan error
	ended        bool
}

func newCrew(ctx context.Context, dir string, stderr io.Writer) *crew {
	ctx, cancel := context.WithCancel(ctx)
	return &crew{ctx: ctx, cancel: cancel, dir: dir, errors: stderr}
}

func workerName(number int) string { return fmt.Sprintf("worker-%d", number) }

// start adds a worker that counts for the duration.
func (c *crew) start(number int, duration time.Duration) error {
	program, err := os.Executable()
	if err != nil {
		return err
	}
	w := &worker{name: workerName(number), done: make(chan error, 1)}
	w.cmd = exec.CommandContext(c.ctx, program, "demo-worker",
		"--dir", c.dir, "--number", strconv.Itoa(number), "--duration", duration.String())
	w.cmd.Stderr = c.errors
	if w.input, err = w.cmd.StdinPipe(); err != nil {
		return err
	}
	output, err := w.cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := w.cmd.Start(); err != nil {
		return err
	}
	c.workers = append(c.workers, w)
	go func() { w.done <- w.follow(output) }()
	return nil
}

// workerDone is the last line of a worker.
const workerDone = "done"

// follow takes down what the worker acknowledges, until it is done.
func (w *worker) follow(output io.Reader) error {
	lines := bufio.NewScanner(output)
	for lines.Scan() {
		if lines.Text() == workerDone {
			return nil
		}
		n, err := strconv.ParseInt(lines.Text(), 10, 64)
		if err != nil {
			return fmt.Errorf("%s says %q", w.name, lines.Text())
		}
		w.acknowledged = n
	}
	return fmt.Errorf("%s ended before it was done", w.name)
}

// await waits until the worker has counted all.
func (c *crew) await(w *worker, duration time.Duration) error {
	timeout := time.NewTimer(duration + patience)
	defer timeout.Stop()
	select {
	case err := <-w.done:
		if c.ctx.Err() != nil {
			return errInterrupted
		}
		return err
	case <-c.ctx.Done():
		return errInterrupted
	case <-timeout.C:
		return fmt.Errorf("%s does not come to an end", w.name)
	}
}

var errInterrupted = errors.New("interrupted")

func (w *worker) pid() int { return w.cmd.Process.Pid }

// kill ends the worker without notice.
func (w *worker) kill() error {
	if err := w.cmd.Process.Kill(); err != nil {
		return err
	}
	w.ended = true
	_ = w.cmd.Wait() // that it was killed is no news
	return nil
}

// dismiss lets the workers end by themselves.
func (c *crew) dismiss() error {
	var failed []error
	for _, w := range c.workers {
		if w.ended {
			continue
		}
		w.ended = true
		_ = w.input.Close() // an error means that it has ended
		if err := w.cmd.Wait(); err != nil {
			failed = append(failed, fmt.Errorf("%s: %w", w.name, err))
		}
	}
	return errors.Join(failed...)
}

// kill ends all workers that are left.
func (c *crew) kill() {
	c.cancel()
	for _, w := range c.workers {
		if !w.ended {
			_ = w.kill()
		}
	}
}
