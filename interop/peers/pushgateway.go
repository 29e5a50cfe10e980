package peers

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// Pushgateway15 returns the path of the Pushgateway 1.5 of Debian 12. The error says why
// it is not there.
func Pushgateway15() (string, error) { return pushgateway15() }

// Pushgateway111 returns the path of the Pushgateway 1.11 of Debian 13, which can be told
// to take UTF-8 names. Otherwise it is like [Pushgateway15].
func Pushgateway111() (string, error) { return pushgateway111() }

var pushgateway15 = sync.OnceValues(func() (string, error) {
	return findUnpacked("bookworm", "prometheus-pushgateway", "pushgateway, version 1.5.")
})

var pushgateway111 = sync.OnceValues(func() (string, error) {
	return findUnpacked("trixie", "prometheus-pushgateway", "pushgateway, version 1.11.")
})

// findUnpacked returns the path of a program that .ci/install-peers unpacks, after a
// look at what it says about its version.
func findUnpacked(release, name, version string) (string, error) {
	dir, err := unpacked(release)
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "usr", "bin", name)
	out, err := exec.Command(path, "--version").CombinedOutput() // releases differ in where they say it
	if err != nil {
		return "", fmt.Errorf("peers: no %s of %s (run .ci/install-peers): %w", name, release, err)
	}
	if !strings.HasPrefix(string(out), version) {
		return "", fmt.Errorf("peers: no %s of %s (run .ci/install-peers): found %s", name, release, tail(out))
	}
	return path, nil
}

// Pushgateway is a running gateway that keeps everything in memory.
type Pushgateway struct {
	// URL is its address, such as "http://127.0.0.1:9091".
	URL string
}

// StartPushgateway starts the gateway that find looks for, with additional flags, and
// skips the test where it is not installed. It ends with the test.
func StartPushgateway(t testing.TB, find func() (string, error), flags ...string) *Pushgateway {
	t.Helper()
	path, address := Require(t, find), "127.0.0.1:"+FreePort(t)
	// The assets of its pages for people are in packages that are not unpacked.
	args := append([]string{"--web.listen-address=" + address, "--persistence.file=", "--web.local-assets=" + t.TempDir()}, flags...)
	cmd := exec.Command(path, args...)
	cmd.Env = []string{"PATH=" + os.Getenv("PATH")}
	g := &Pushgateway{URL: "http://" + address}
	startServer(t, cmd, answers(g.URL+"/-/ready"))
	return g
}
