package remotewrite_test

import (
	"log/slog"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/prometheus/client_golang/exp/api/remote"
	"github.com/prometheus/client_golang/prometheus"
	handlers "github.com/prometheus/prometheus/storage/remote"
	"github.com/prometheus/prometheus/tsdb"
	"github.com/prometheus/prometheus/tsdb/chunkenc"
	"github.com/prometheus/prometheus/util/teststorage"

	"polymeter.dev/bridge/remotewrite"
	"polymeter.dev/internal/faultproxy"
	"polymeter.dev/metric"
)

// receiver is Prometheus' handler of Remote-Write before a storage.
type receiver struct {
	storage *teststorage.TestStorage
	metrics *prometheus.Registry
	server  *httptest.Server
}

// startReceiver starts a receiver of the versions of the protocol that are named.
func startReceiver(t *testing.T, versions ...remote.WriteMessageType) *receiver {
	t.Helper()
	r := &receiver{
		storage: teststorage.New(t, func(o *tsdb.Options) {
			o.EnableSTStorage = true
			o.EnableHistogramSTEncoding = true
			o.FloatChunkEncoding = chunkenc.EncXOR2
		}),
		metrics: prometheus.NewRegistry(),
	}
	silent := slog.New(slog.DiscardHandler)
	r.server = httptest.NewServer(handlers.NewWriteHandler(silent, r.metrics, r.storage, versions, false, true))
	t.Cleanup(r.server.Close)
	return r
}

// proxied starts a proxy before the receiver.
func proxied(t *testing.T, address string) *faultproxy.Proxy {
	t.Helper()
	proxy, err := faultproxy.Start(address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(proxy.Close)
	return proxy
}

// newWriter returns a writer that sends what c collects as the job "job".
func newWriter(t *testing.T, url string, c metric.Collector, o remotewrite.Options) *remotewrite.Writer {
	t.Helper()
	o.Labels = map[string]string{"job": "job", "instance": "here"}
	o.Logger = slog.New(slog.DiscardHandler)
	o.MinBackoff, o.MaxBackoff = time.Millisecond, 100*time.Millisecond
	w, err := remotewrite.New(url, c, &o)
	if err != nil {
		t.Fatal(err)
	}
	return w
}
