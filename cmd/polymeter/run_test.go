//go:build unix

package main

import (
	"bufio"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"polymeter.dev/multiprocess"
)

// running is a polymeter run whose command lives.
type running struct {
	cmd    *exec.Cmd
	input  io.WriteCloser
	output *bufio.Scanner
	log    *bufio.Scanner
	url    string // of its server
}

// startRun starts polymeter run as a process, and waits until it serves.
func startRun(t *testing.T, prepare func(*exec.Cmd), args ...string) *running {
	t.Helper()
	cmd, _ := command(t, append([]string{"run", "--addr", "127.0.0.1:0"}, args...)...)
	cmd.Env = slices.DeleteFunc(cmd.Env, func(v string) bool { return strings.HasPrefix(strings.ToUpper(v), multiprocess.DirEnv+"=") })
	if prepare != nil {
		prepare(cmd)
	}
	r := &running{cmd: cmd}
	output, err1 := cmd.StdoutPipe()
	log, err2 := cmd.StderrPipe()
	var err3 error
	if cmd.Stdin == nil {
		r.input, err3 = cmd.StdinPipe()
	}
	if err := errors.Join(err1, err2, err3, cmd.Start()); err != nil {
		t.Fatal(err)
	}
	r.output, r.log = bufio.NewScanner(output), bufio.NewScanner(log)
	r.url = r.waitForLog(t, `url=(\S+)/metrics`)
	return r
}

// waitForLog reads the log up to a line that matches, and returns the last
// submatch.
func (r *running) waitForLog(t *testing.T, pattern string) string {
	t.Helper()
	expression := regexp.MustCompile(pattern)
	for r.log.Scan() {
		if m := expression.FindStringSubmatch(r.log.Text()); m != nil {
			return m[len(m)-1]
		}
	}
	t.Fatalf("no line of the log matches %s", pattern)
	return ""
}

// line returns the next line of output.
func (r *running) line(t *testing.T) string {
	t.Helper()
	if !r.output.Scan() {
		t.Fatalf("no more output: %v", r.output.Err())
	}
	return r.output.Text()
}

// waitFor reads output up to a line.
func (r *running) waitFor(t *testing.T, line string) {
	t.Helper()
	for r.line(t) != line {
	}
}

// end waits for the end and returns the exit code.
func (r *running) end(t *testing.T) int {
	t.Helper()
	for r.output.Scan() {
	}
	for r.log.Scan() {
	}
	_ = r.cmd.Wait() // the exit code says it
	return r.cmd.ProcessState.ExitCode()
}

func (r *running) signal(t *testing.T, s os.Signal) {
	t.Helper()
	if err := r.cmd.Process.Signal(s); err != nil {
		t.Fatal(err)
	}
}

func shell(t *testing.T) string {
	t.Helper()
	sh, err := exec.LookPath("sh")
	if err != nil {
		t.Skip("there is no shell")
	}
	return sh
}

// startWorker is a shell script that says where the directory is, and becomes a
// worker that counts in it.
const startWorker = `echo "$PROMETHEUS_MULTIPROC_DIR"; exec "$0" demo-worker --dir "$PROMETHEUS_MULTIPROC_DIR" --number 1 --duration 10ms`

func TestRun(t *testing.T) {
	t.Parallel()
	given, set := filepath.Join(t.TempDir(), "new", "dir"), t.TempDir()
	if err := os.Chmod(set, 0o700); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name string
		args []string
		env  string
		dir  string // "" if it is made and removed
	}{
		{"new directory", nil, "", ""},
		{"directory given", []string{"--dir", given}, "x", given},
		{"directory of the environment", nil, set, set},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			r := startRun(t, func(cmd *exec.Cmd) {
				if test.env != "" {
					cmd.Env = append(cmd.Env, multiprocess.DirEnv+"="+test.env)
				}
			}, append(test.args, "--", shell(t), "-c", startWorker, os.Args[0])...)
			dir := r.line(t)
			if test.dir != "" && dir != test.dir {
				t.Errorf("directory %q", dir)
			}
			if info, err := os.Stat(dir); err != nil || info.Mode().Perm() != 0o700 {
				t.Errorf("directory: %v, %v", info.Mode(), err)
			}
			r.waitFor(t, workerDone)
			if page := get(t, r.url+"/metrics"); !strings.Contains(page, "\ndemo_workers 1\n") {
				t.Errorf("the page\n%s", page)
			}
			r.input.Close()
			if code := r.end(t); code != exitOK {
				t.Errorf("exit code %d", code)
			}
			_, err := os.Stat(dir)
			if removed := errors.Is(err, os.ErrNotExist); removed != (test.dir == "") {
				t.Errorf("directory at the end: %v", err)
			}
			if _, err := http.Get(r.url); err == nil {
				t.Error("still serving")
			}
		})
	}
}

func TestRunExitCode(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	script := writeFile(t, filepath.Join(dir, "script"), []byte("no program"))
	garbage := writeFile(t, filepath.Join(dir, "garbage"), []byte("\x7fELF"))
	if err := os.Chmod(garbage, 0o700); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name   string
		args   []string
		code   int
		errors string
	}{
		{"success", []string{shell(t), "-c", "exit 0"}, 0, ""},
		{"failure", []string{shell(t), "-c", "exit 7"}, 7, ""},
		{"usage", []string{shell(t), "-c", "exit 2"}, 2, ""},
		{"killed", []string{shell(t), "-c", "kill -9 $$"}, 128 + 9, ""},
		{"flags of its own", []string{"sh", "-c", "exit 3", "--addr"}, 3, ""},
		{"nowhere in the path", []string{"no-such-program"}, 127, "polymeter run: no-such-program: executable file not found in $PATH\n"},
		{"no such file", []string{dir + "/missing"}, 127, "polymeter run: " + dir + "/missing: no such file or directory\n"},
		{"not executable", []string{script}, 126, "polymeter run: " + script + ": permission denied\n"},
		{"a directory", []string{dir}, 126, "polymeter run: " + dir + ": is a directory\n"},
		{"no program", []string{garbage}, 126, "polymeter run: " + garbage + ": exec format error\n"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got := invoke(t, "", append([]string{"run", "--addr", "127.0.0.1:0", "--log-level", "error"}, test.args...)...)
			got.want(t, test.code, "", test.errors)
		})
	}
}

// A command does not start where its metrics cannot be served.
func TestRunWithoutAddress(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	taken, dir := listener.Addr().String(), t.TempDir()
	got := invoke(t, "", "run", "--addr", taken, "--dir", dir, "--", "mkdir", filepath.Join(dir, "started"))
	if got.code != exitFailure || !strings.Contains(got.errors, taken) || !strings.Contains(got.errors, "address already in use") {
		t.Errorf("got %+v", got)
	}
	if left := leftBehind(t, dir); len(left) > 0 {
		t.Errorf("it was started: %q", left)
	}
}

func TestRunPassesSignalsOn(t *testing.T) {
	t.Parallel()
	// In a session of its own it has no terminal, like a service.
	r := startRun(t, func(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true} }, os.Args[0], signalled)
	r.waitFor(t, "ready")
	for _, s := range []syscall.Signal{
		syscall.SIGHUP, syscall.SIGINT, syscall.SIGQUIT, syscall.SIGTERM, syscall.SIGUSR1, syscall.SIGUSR2,
		syscall.SIGALRM, syscall.SIGWINCH, syscall.SIGTTIN, syscall.SIGTTOU, syscall.SIGTSTP, syscall.SIGCONT,
	} {
		r.signal(t, s)
		r.waitFor(t, "got "+s.String())
	}
	r.input.Close()
	if code := r.end(t); code != 7 {
		t.Errorf("exit code %d", code)
	}
}

func TestRunLingers(t *testing.T) {
	t.Parallel()
	r := startRun(t, nil, "--linger", "1h", "--", shell(t), "-c", startWorker+" <&-", os.Args[0])
	dir := r.line(t)
	r.waitForLog(t, "the command has ended")
	if page := get(t, r.url+"/metrics"); !strings.Contains(page, "\ndemo_workers 1\n") {
		t.Errorf("the page\n%s", page)
	}
	r.signal(t, syscall.SIGWINCH) // asks for nothing
	r.signal(t, syscall.SIGTERM)
	if code := r.end(t); code != exitOK {
		t.Errorf("exit code %d", code)
	}
	if _, err := os.Stat(dir); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("directory at the end: %v", err)
	}
}

func TestLinger(t *testing.T) {
	t.Parallel()
	linger(t.Context(), time.Millisecond, nil)
}
