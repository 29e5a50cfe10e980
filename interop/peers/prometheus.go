package peers

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
)

// FindPrometheus returns the path of the program prometheus of Debian 12, version 2.42.
// The error says why it is not there.
func FindPrometheus() (string, error) { return findPrometheus() }

var findPrometheus = sync.OnceValues(func() (string, error) {
	path, err := exec.LookPath("prometheus")
	if err != nil {
		return "", fmt.Errorf("peers: no prometheus (run .ci/install-peers): %w", err)
	}
	return path, nil
})

// Prometheus is a running server, which receives Remote-Write and scrapes nothing.
type Prometheus struct {
	// URL is its address, such as "http://127.0.0.1:9090".
	URL string

	path, dir, address string
	server             *server
}

// StartPrometheus starts a server with an empty storage, and skips the test where the
// program is not installed. It ends with the test.
func StartPrometheus(t testing.TB) *Prometheus {
	t.Helper()
	p := &Prometheus{path: Require(t, FindPrometheus), dir: t.TempDir(), address: "127.0.0.1:" + FreePort(t)}
	p.URL = "http://" + p.address
	if err := os.WriteFile(p.config(), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	p.Start(t)
	return p
}

func (p *Prometheus) config() string { return filepath.Join(p.dir, "prometheus.yml") }

// Start starts the server again, after [Prometheus.Kill], with what it has stored.
func (p *Prometheus) Start(t testing.TB) {
	t.Helper()
	cmd := exec.Command(p.path,
		"--config.file="+p.config(),
		"--storage.tsdb.path="+filepath.Join(p.dir, "data"),
		"--web.listen-address="+p.address,
		"--web.enable-remote-write-receiver",
		"--enable-feature=exemplar-storage,native-histograms",
	)
	p.server = startServer(t, cmd, answers(p.URL+"/-/ready"))
}

// Kill kills the server without a warning.
func (p *Prometheus) Kill() { p.server.kill() }
