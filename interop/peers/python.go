// Package peers finds the programs that the interop tests run against, as
// .ci/install-peers leaves them on a machine, and runs them.
package peers

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// interpreter is Debian's own Python, the one its packages are installed for.
// Another one that comes first in PATH does not see them.
const interpreter = "/usr/bin/python3"

// Python is an interpreter that imports one particular version of the Python
// client.
type Python struct {
	// Interpreter is the path of the python3 program.
	Interpreter string
	// Path is what PYTHONPATH must be, empty for the system's own packages.
	Path string
	// Version is the version of prometheus_client as its metadata tells it,
	// such as "0.21.1".
	Version string
}

// Python016 returns the Python client 0.16 of Debian 12, which writes the older
// layout of the .db files. The error says why it is not there. Looking for it
// starts the interpreter once in the life of the process.
func Python016() (*Python, error) { return python016() }

// Python021 returns the Python client 0.21 of Debian 13, which writes the newer
// layout and knows the mostrecent gauge modes. Otherwise it is like
// [Python016].
func Python021() (*Python, error) { return python021() }

var python016 = sync.OnceValues(func() (*Python, error) {
	return findPython("", "0.16")
})

var python021 = sync.OnceValues(func() (*Python, error) {
	dir, err := unpacked("trixie")
	if err != nil {
		return nil, err
	}
	return findPython(filepath.Join(dir, "usr", "lib", "python3", "dist-packages"), "0.21")
})

// Require returns the peer that find looks for, and skips the test where it is
// not installed.
func Require[P any](t testing.TB, find func() (P, error)) P {
	t.Helper()
	peer, err := find()
	if err != nil {
		t.Skip(err)
	}
	return peer
}

// unpacked returns the folder that .ci/install-peers unpacks the packages of
// another release of Debian into.
func unpacked(release string) (string, error) {
	dir := os.Getenv("POLYMETER_PEERS")
	if dir == "" {
		cache, err := os.UserCacheDir()
		if err != nil {
			return "", fmt.Errorf("peers: %w", err)
		}
		dir = filepath.Join(cache, "polymeter-peers")
	}
	return filepath.Join(dir, release), nil
}

// findPython makes sure that the interpreter imports the series of versions
// that is asked for, and from the place that is asked for.
func findPython(path, series string) (*Python, error) {
	python := &Python{Interpreter: interpreter, Path: path}
	out, err := python.Run(context.Background(), Script{Code: `
import importlib.metadata, prometheus_client
print(importlib.metadata.version("prometheus_client"))
print(prometheus_client.__file__)
`})
	if err != nil {
		return nil, fmt.Errorf("peers: no Python client %s (run .ci/install-peers): %w", series, err)
	}
	version, file, _ := strings.Cut(strings.TrimSpace(string(out)), "\n")
	if !strings.HasPrefix(version, series+".") || !strings.HasPrefix(file, path) {
		return nil, fmt.Errorf("peers: no Python client %s (run .ci/install-peers): found %s in %s", series, version, file)
	}
	python.Version = version
	return python, nil
}

// Script is a Python program and what it runs with.
type Script struct {
	// Code is the program's text.
	Code string
	// Args become sys.argv[1:].
	Args []string
	// Stdin is what the program reads; empty by default.
	Stdin string
	// Env are additional variables, as "NAME=value". Of this process's own
	// variables the program gets only PATH, HOME and TMPDIR.
	Env []string
	// Timeout ends the program; zero means 30 seconds.
	Timeout time.Duration
}

// Run runs the script to its end and returns what it printed on its standard
// output. The error of a script that failed holds the end of what it printed on
// its standard error.
func (p *Python) Run(ctx context.Context, script Script) ([]byte, error) {
	timeout := script.Timeout
	if timeout == 0 {
		timeout = 30 * time.Second
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	out, err := p.Command(ctx, script).Output()
	var exit *exec.ExitError
	switch {
	case ctx.Err() != nil:
		return out, fmt.Errorf("peers: Python script stopped: %w", ctx.Err())
	case errors.As(err, &exit):
		return out, fmt.Errorf("peers: Python script: %w: %s", err, tail(exit.Stderr))
	case err != nil:
		return out, fmt.Errorf("peers: Python script: %w", err)
	}
	return out, nil
}

// Command prepares the script without running it, for tests that talk to it,
// kill it or run many at once. The script's Timeout is not applied: ctx ends
// it.
func (p *Python) Command(ctx context.Context, script Script) *exec.Cmd {
	// -s and -P keep the user's packages and the current folder out.
	args := append([]string{"-s", "-P", "-c", script.Code}, script.Args...)
	cmd := exec.CommandContext(ctx, p.Interpreter, args...)
	cmd.Env = append(p.environment(), script.Env...)
	cmd.Stdin = strings.NewReader(script.Stdin)
	// A child that outlives the script may hold its output open.
	cmd.WaitDelay = time.Second
	return cmd
}

// environment leaves out whatever would change how Python or the client
// behaves, such as PROMETHEUS_MULTIPROC_DIR.
func (p *Python) environment() []string {
	env := []string{"LANG=C.UTF-8", "PYTHONDONTWRITEBYTECODE=1"}
	for _, name := range []string{"PATH", "HOME", "TMPDIR"} {
		if value, ok := os.LookupEnv(name); ok {
			env = append(env, name+"="+value)
		}
	}
	if p.Path != "" {
		env = append(env, "PYTHONPATH="+p.Path)
	}
	return env
}

// tail returns the last lines of a traceback, which name the exception.
func tail(text []byte) string {
	const most = 2000
	return strings.TrimSpace(string(text[max(0, len(text)-most):]))
}
