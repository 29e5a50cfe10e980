//go:build linux

package crashtest

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"
)

// taskEnv makes this test binary a process that does a task, given as JSON.
const taskEnv = "POLYMETER_CRASH_TASK"

// ready is what a process says once it is at work.
const ready = "ready"

// task is what a process does.
type task struct {
	Role   role
	Dir    string
	Ledger string
	// Writer is the life of a writer.
	Writer life
	// Number, Seed and Trap are those of a folder.
	Number int
	Seed   uint64
	Trap   trap
}

type role string

const (
	roleWriter role = "writer"
	roleFolder role = "folder"
	roleReader role = "reader"
)

func (t *task) String() string {
	switch t.Role {
	case roleWriter:
		return fmt.Sprintf("writer with the life %+v", t.Writer)
	case roleFolder:
		return fmt.Sprintf("folder %d with the seed %d and the trap %+v", t.Number, t.Seed, t.Trap)
	}
	return string(t.Role)
}

func TestMain(m *testing.M) {
	text := os.Getenv(taskEnv)
	if text == "" {
		os.Exit(m.Run())
	}
	var t task
	err := json.Unmarshal([]byte(text), &t)
	if err == nil {
		err = t.do()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// do does the task. A reader comes to an end when its input does; the others must
// not outlive the process that started them.
func (t *task) do() error {
	l, err := openLedger(t.Ledger)
	if err != nil {
		return err
	}
	quit := make(chan struct{})
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		if t.Role != roleReader {
			os.Exit(2)
		}
		close(quit)
	}()
	switch t.Role {
	case roleWriter:
		return write(t.Dir, l, t.Writer)
	case roleFolder:
		return foldForever(t.Dir, l, t.Number, t.Seed, t.Trap)
	case roleReader:
		fmt.Println(ready)
		r := reader{number: otherReader, ledger: l}
		err := r.read(context.Background(), t.Dir, quit)
		fmt.Println(r.pages)
		return err
	}
	return fmt.Errorf("crashtest: no role %q", t.Role)
}

// child is a process that was started.
type child struct {
	task   task
	cmd    *exec.Cmd
	input  io.Closer
	output *bufio.Reader
	errors bytes.Buffer
	limit  *time.Timer
}

// patience is how long a process may take that is not killed, or not at work yet.
const patience = time.Minute

func start(t *task) (*child, error) {
	text, err := json.Marshal(t)
	if err != nil {
		return nil, err
	}
	program, err := os.Executable()
	if err != nil {
		return nil, err
	}
	c := &child{task: *t, cmd: exec.Command(program)}
	c.cmd.Env = append(os.Environ(), taskEnv+"="+string(text))
	c.cmd.Stderr = &c.errors
	if c.input, err = c.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	output, err := c.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	c.output = bufio.NewReader(output)
	if err := c.cmd.Start(); err != nil {
		return nil, err
	}
	if t.Role != roleReader {
		c.limit = time.AfterFunc(patience, func() { _ = c.signal(syscall.SIGKILL) })
	}
	return c, nil
}

// ready waits until the process is at work. It reports false when the process
// has ended before.
func (c *child) ready() bool {
	line, err := c.output.ReadString('\n')
	return err == nil && strings.TrimSpace(line) == ready
}

// wait waits for the end of the process, and returns what it said last. It is an
// error if the end is not as it should be.
func (c *child) wait(killed bool) (string, error) {
	last, readErr := io.ReadAll(c.output)
	err := c.cmd.Wait()
	if c.limit != nil {
		c.limit.Stop()
	}
	status, ok := c.cmd.ProcessState.Sys().(syscall.WaitStatus)
	if killed && ok && status.Signaled() && status.Signal() == syscall.SIGKILL {
		err = nil
	}
	if err != nil {
		return "", fmt.Errorf("%s: %w\n%s", &c.task, err, c.errors.String())
	}
	if readErr != nil && !errors.Is(readErr, os.ErrClosed) {
		return "", readErr
	}
	return strings.TrimSpace(string(last)), nil
}

func (c *child) signal(s syscall.Signal) error {
	err := c.cmd.Process.Signal(s)
	if errors.Is(err, os.ErrProcessDone) {
		return nil
	}
	return err
}
