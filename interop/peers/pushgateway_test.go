package peers_test

import (
	"testing"

	"polymeter.dev/interop/peers"
)

func TestPushgatewaysStart(t *testing.T) {
	t.Parallel()
	for name, find := range map[string]func() (string, error){"1.5": peers.Pushgateway15, "1.11": peers.Pushgateway111} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			t.Log(peers.StartPushgateway(t, find).URL)
		})
	}
}

func TestNodeExportersStart(t *testing.T) {
	t.Parallel()
	for name, find := range map[string]func() (string, error){"1.5": peers.NodeExporter15, "1.9": peers.NodeExporter19} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			t.Log(peers.StartNodeExporter(t, find, t.TempDir()).URL)
		})
	}
}
