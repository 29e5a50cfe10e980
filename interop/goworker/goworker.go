// Package goworker runs workers that count with Polymeter, each in a process of
// its own: the test binary, started again.
package goworker

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"testing"

	"polymeter.dev/multiprocess"

	"polymeter.dev/interop/workload"
)

// marker is the environment variable that makes a test binary a worker.
const marker = "POLYMETER_INTEROP_WORKER"

// Main is for a TestMain: it runs the tests, or if this process was started as
// a worker, the worker. It returns the exit code.
func Main(m *testing.M) int {
	if os.Getenv(marker) == "" {
		return m.Run()
	}
	if err := serve(os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

// Worker is a [workload.Worker] that counts with Polymeter.
type Worker struct {
	dir     string
	layout  multiprocess.Layout
	command *exec.Cmd
	input   io.WriteCloser
	output  *bufio.Reader
}

var _ workload.Worker = (*Worker)(nil)

// Start starts a worker that lives until the test ends, unless it is stopped
// before.
func Start(t testing.TB, dir string, layout multiprocess.Layout) *Worker {
	t.Helper()
	executable, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	command := exec.CommandContext(t.Context(), executable)
	command.Env = append(os.Environ(), marker+"=1")
	command.Stderr = t.Output()
	input, err := command.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	output, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	w := &Worker{dir, layout, command, input, bufio.NewReader(output)}
	t.Cleanup(w.Stop)
	return w
}

// Declare implements [workload.Worker].
func (w *Worker) Declare(families []workload.Family, identifier string) error {
	return w.call(request{Open: &opening{w.dir, identifier, w.layout, families}})
}

// Update implements [workload.Worker].
func (w *Worker) Update(updates []workload.Update) error {
	return w.call(request{Updates: updates})
}

// Pid implements [workload.Worker].
func (w *Worker) Pid() string { return strconv.Itoa(w.command.Process.Pid) }

// Stop implements [workload.Worker].
func (w *Worker) Stop() {
	w.input.Close()
	w.command.Wait()
}

// Kill implements [workload.Worker].
func (w *Worker) Kill() {
	w.command.Process.Kill()
	w.command.Wait()
}

// call waits for the answer to one request.
func (w *Worker) call(r request) error {
	line, err := json.Marshal(r)
	if err != nil {
		return fmt.Errorf("goworker: %w", err)
	}
	if _, err := w.input.Write(append(line, '\n')); err != nil {
		return fmt.Errorf("goworker: %w", err)
	}
	reply, err := w.output.ReadBytes('\n')
	if err != nil {
		return fmt.Errorf("goworker: %w", err)
	}
	var answer string
	if err := json.Unmarshal(reply, &answer); err != nil {
		return fmt.Errorf("goworker: %w", err)
	}
	if answer != "" {
		return errors.New("goworker: " + answer)
	}
	return nil
}
