package peers

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// FindCarbon returns the path of the program carbon-cache of Debian 12, version 1.1, which
// needs whisper, its database, to be there for the same interpreter. The error says why
// it is not there.
func FindCarbon() (string, error) { return findCarbon() }

var findCarbon = sync.OnceValues(func() (string, error) {
	path, err := exec.LookPath("carbon-cache")
	if err != nil {
		return "", fmt.Errorf("peers: no carbon-cache (run .ci/install-peers): %w", err)
	}
	if _, err := carbonPython.Run(context.Background(), Script{Code: "import carbon, whisper"}); err != nil {
		return "", fmt.Errorf("peers: no carbon (run .ci/install-peers): %w", err)
	}
	return path, nil
})

// carbonPython is the interpreter that carbon runs in.
var carbonPython = &Python{Interpreter: interpreter}

// RunCarbonScript runs a Python script that may import carbon and whisper, and returns
// what it printed.
func RunCarbonScript(t testing.TB, script Script) string {
	t.Helper()
	Require(t, FindCarbon)
	out, err := carbonPython.Run(t.Context(), script)
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

// Carbon is a running carbon-cache, which keeps a point of each second for an hour.
type Carbon struct {
	// Plaintext is the address of its listeners for lines, over TCP and UDP.
	Plaintext string
	// Pickle is the address of its listener for pickles.
	Pickle string

	path, dir string
	server    *server
}

// StartCarbon starts a carbon-cache with an empty database, and skips the test where the
// program is not installed. It ends with the test.
func StartCarbon(t testing.TB) *Carbon {
	t.Helper()
	c := &Carbon{
		path: Require(t, FindCarbon), dir: t.TempDir(),
		Plaintext: "127.0.0.1:" + FreePort(t), Pickle: "127.0.0.1:" + FreePort(t),
	}
	c.write(t, "storage-schemas.conf", "[all]\npattern = .*\nretentions = 1s:1h\n")
	c.write(t, "carbon.conf", c.config(FreePort(t)))
	c.Start(t)
	return c
}

func (c *Carbon) write(t testing.TB, name, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(c.dir, name), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// config writes all points at once, and creates as many files as are needed.
func (c *Carbon) config(queryPort string) string {
	_, linePort, _ := net.SplitHostPort(c.Plaintext)
	_, picklePort, _ := net.SplitHostPort(c.Pickle)
	return strings.Join([]string{
		"[cache]",
		"STORAGE_DIR = " + c.dir,
		"CONF_DIR = " + c.dir,
		"LOG_DIR = " + c.dir,
		"PID_DIR = " + c.dir,
		"LOCAL_DATA_DIR = " + c.data(),
		"USER =",
		"MAX_UPDATES_PER_SECOND = inf",
		"MAX_CREATES_PER_MINUTE = inf",
		"LINE_RECEIVER_INTERFACE = 127.0.0.1",
		"LINE_RECEIVER_PORT = " + linePort,
		"ENABLE_UDP_LISTENER = True",
		"UDP_RECEIVER_INTERFACE = 127.0.0.1",
		"UDP_RECEIVER_PORT = " + linePort,
		"PICKLE_RECEIVER_INTERFACE = 127.0.0.1",
		"PICKLE_RECEIVER_PORT = " + picklePort,
		"CACHE_QUERY_INTERFACE = 127.0.0.1",
		"CACHE_QUERY_PORT = " + queryPort,
		"CARBON_METRIC_INTERVAL = 0",
		"ENABLE_TAGS = False", // which would tell graphite-web about them
		"WHISPER_AUTOFLUSH = True",
		"",
	}, "\n")
}

func (c *Carbon) data() string { return filepath.Join(c.dir, "whisper") }

// Start starts the program again, after [Carbon.Kill], with what it has stored.
func (c *Carbon) Start(t testing.TB) {
	t.Helper()
	cmd := exec.Command(c.path,
		"--config="+filepath.Join(c.dir, "carbon.conf"),
		"--pidfile="+filepath.Join(c.dir, "carbon.pid"),
		"--nodaemon", "start",
	)
	cmd.Env = carbonPython.environment()
	c.server = startServer(t, cmd, c.ready)
}

func (c *Carbon) ready() error {
	for _, address := range []string{c.Plaintext, c.Pickle} {
		conn, err := net.DialTimeout("tcp", address, time.Second)
		if err != nil {
			return err
		}
		conn.Close()
	}
	return nil
}

// Kill kills the program without a warning. What it had not written by then is lost.
func (c *Carbon) Kill() {
	c.server.kill()
	os.Remove(filepath.Join(c.dir, "carbon.pid")) // it would not start again; there may be none
}

// Address returns that of the listener for pickles, or of the one for lines.
func (c *Carbon) Address(pickle bool) string {
	if pickle {
		return c.Pickle
	}
	return c.Plaintext
}

// Points returns the stored points of the paths, by path and Unix time. A path of which
// nothing is stored is missing.
func (c *Carbon) Points(t testing.TB, paths ...string) map[string]map[int64]float64 {
	t.Helper()
	out, err := carbonPython.Run(t.Context(), Script{Code: pointsScript, Args: []string{c.data()}, Stdin: strings.Join(paths, "\n")})
	if err != nil {
		t.Fatal(err)
	}
	points := map[string]map[int64]float64{}
	for line := range strings.Lines(string(out)) {
		var i int
		var at int64
		var value float64
		if _, err := fmt.Sscan(line, &i, &at, &value); err != nil {
			t.Fatal(errors.Join(fmt.Errorf("peers: a point %q", line), err))
		}
		if points[paths[i]] == nil {
			points[paths[i]] = map[int64]float64{}
		}
		points[paths[i]][at] = value
	}
	return points
}

// pointsScript prints the number of the path, the time and the value of each point.
const pointsScript = `
import os, sys, time, whisper
from carbon.util import TaggedSeries
now = int(time.time())
for i, path in enumerate(sys.stdin.read().split("\n")):
    name = os.path.join(sys.argv[1], TaggedSeries.encode(path, os.sep, hash_only=True) + ".wsp")
    if not os.path.exists(name):
        continue
    try:
        fetched = whisper.fetch(name, now - 3600, now)
    except whisper.CorruptWhisperFile: # it is being made
        continue
    if fetched is None:
        continue
    (start, end, step), values = fetched
    for n, value in enumerate(values):
        if value is not None:
            print(i, start + n * step, value)
`
