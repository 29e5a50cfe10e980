package peers_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"polymeter.dev/interop/peers"
)

// clients are the Python clients every interop test has to do with.
var clients = []struct {
	name string
	find func() (*peers.Python, error)
}{
	{"0.16", peers.Python016},
	{"0.21", peers.Python021},
}

func TestPythonClientsCount(t *testing.T) {
	t.Parallel()
	for _, client := range clients {
		t.Run(client.name, func(t *testing.T) {
			t.Parallel()
			python := peers.Require(t, client.find)
			out, err := python.Run(t.Context(), peers.Script{Code: `
from prometheus_client import CollectorRegistry, Counter, generate_latest
registry = CollectorRegistry()
Counter("jobs", "Jobs done.", registry=registry).inc(3)
print(generate_latest(registry).decode())
`})
			if err != nil {
				t.Fatal(err)
			}
			if !strings.HasPrefix(python.Version, client.name+".") {
				t.Errorf("version = %q, want %s.x", python.Version, client.name)
			}
			if !strings.Contains(string(out), "\njobs_total 3.0\n") {
				t.Errorf("no jobs_total 3.0 in:\n%s", out)
			}
			t.Logf("prometheus_client %s", python.Version)
		})
	}
}

func TestPythonRun(t *testing.T) {
	t.Setenv("PROMETHEUS_MULTIPROC_DIR", "/nonexistent")
	python := peers.Require(t, peers.Python016)

	t.Run("input, arguments and environment", func(t *testing.T) {
		t.Parallel()
		out, err := python.Run(t.Context(), peers.Script{
			Code:  `import os, sys; print(sys.stdin.read(), sys.argv[1], os.environ["A"], os.environ.get("PROMETHEUS_MULTIPROC_DIR"))`,
			Args:  []string{"argument"},
			Stdin: "input",
			Env:   []string{"A=variable"},
		})
		if got, want := string(out), "input argument variable None\n"; got != want || err != nil {
			t.Errorf("got %q, %v, want %q", got, err, want)
		}
	})
	t.Run("exception", func(t *testing.T) {
		t.Parallel()
		_, err := python.Run(t.Context(), peers.Script{Code: `raise ValueError("no such thing")`})
		if err == nil || !strings.Contains(err.Error(), "ValueError: no such thing") {
			t.Errorf("error = %v, want the exception", err)
		}
	})
	t.Run("timeout", func(t *testing.T) {
		t.Parallel()
		_, err := python.Run(t.Context(), peers.Script{
			Code:    `import time; time.sleep(600)`,
			Timeout: 50 * time.Millisecond,
		})
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("error = %v, want %v", err, context.DeadlineExceeded)
		}
	})
}
