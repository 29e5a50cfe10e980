package peers

import (
	"os"
	"os/exec"
	"sync"
	"testing"
)

// NodeExporter15 returns the path of the node exporter 1.5 of Debian 12. The error says
// why it is not there.
func NodeExporter15() (string, error) { return nodeExporter15() }

// NodeExporter19 returns the path of the node exporter 1.9 of Debian 13. Otherwise it is
// like [NodeExporter15].
func NodeExporter19() (string, error) { return nodeExporter19() }

var nodeExporter15 = sync.OnceValues(func() (string, error) {
	return findUnpacked("bookworm", "prometheus-node-exporter", "node_exporter, version 1.5.")
})

var nodeExporter19 = sync.OnceValues(func() (string, error) {
	return findUnpacked("trixie", "prometheus-node-exporter", "node_exporter, version 1.9.")
})

// NodeExporter is a running node exporter that shows nothing but a directory of text
// files.
type NodeExporter struct {
	// URL is that of its page.
	URL string
}

// StartNodeExporter starts the node exporter that find looks for before a directory, and
// skips the test where it is not installed. It ends with the test.
func StartNodeExporter(t testing.TB, find func() (string, error), dir string) *NodeExporter {
	t.Helper()
	path, address := Require(t, find), "127.0.0.1:"+FreePort(t)
	cmd := exec.Command(path,
		"--web.listen-address="+address,
		"--collector.disable-defaults",
		"--collector.textfile",
		"--collector.textfile.directory="+dir,
		"--web.disable-exporter-metrics",
	)
	cmd.Env = []string{"PATH=" + os.Getenv("PATH")}
	n := &NodeExporter{URL: "http://" + address + "/metrics"}
	startServer(t, cmd, answers(n.URL))
	return n
}
