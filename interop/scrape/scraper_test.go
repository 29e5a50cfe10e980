package scrape_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/config"
	"github.com/prometheus/prometheus/discovery/targetgroup"
	"github.com/prometheus/prometheus/scrape"
	"github.com/prometheus/prometheus/tsdb"
	"github.com/prometheus/prometheus/tsdb/chunkenc"
	"github.com/prometheus/prometheus/util/teststorage"

	"polymeter.dev/interop/promread"
	"polymeter.dev/metric"
	"polymeter.dev/metrichttp"
)

// scraping says how Prometheus scrapes.
type scraping struct {
	// protocols are the scrape protocols of the configuration.
	protocols []config.ScrapeProtocol
	// escaping is the escaping scheme of the configuration; empty means the
	// default, allow-utf-8.
	escaping string
	// accept, if set, takes the place of the header that the scraper sent: it
	// is that of an older version.
	accept string
	// classic keeps classic buckets beside native ones.
	classic bool
	// noNative is for native histograms to be ignored.
	noNative bool
	// encoding is "gzip", "zstd" or "identity".
	encoding string
}

// exchange is what went over the wire in a scrape.
type exchange struct {
	accept, contentType, contentEncoding string
}

// scrapeOnce has Prometheus scrape the handler of a collector, and returns what
// its storage holds after the first scrape.
func scrapeOnce(t *testing.T, c metric.Collector, s scraping) (promread.Page, exchange) {
	t.Helper()
	handler := metrichttp.Handler(c, &metrichttp.HandlerOptions{DisableSelfMetrics: true})
	// The loop that scrapes commits what it has before it scrapes again.
	var first exchange
	again, release := make(chan struct{}), make(chan struct{})
	requests := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		requests++
		if requests > 1 {
			if requests == 2 {
				close(again)
			}
			<-release
			return
		}
		first.accept = r.Header.Get("Accept")
		if s.accept != "" {
			r.Header.Set("Accept", s.accept)
		}
		if s.encoding == "zstd" {
			// The scraper offers both, and the handler prefers gzip.
			r.Header.Set("Accept-Encoding", "zstd")
		}
		handler.ServeHTTP(w, r)
		first.contentType, first.contentEncoding = w.Header().Get("Content-Type"), w.Header().Get("Content-Encoding")
	}))
	t.Cleanup(server.Close)
	storage := teststorage.New(t, func(o *tsdb.Options) {
		o.EnableSTStorage = true
		o.EnableHistogramSTEncoding = true
		o.FloatChunkEncoding = chunkenc.EncXOR2
	})
	stop := start(t, storage, server.URL, s)
	defer stop()
	defer close(release)
	select {
	case <-again:
	case <-time.After(30 * time.Second):
		t.Fatal("no second scrape")
	}
	return stored(t, storage), first
}

// start starts Prometheus' scrape manager with one target, and returns how to
// stop it.
func start(t *testing.T, storage *teststorage.TestStorage, url string, s scraping) func() {
	t.Helper()
	manager, err := scrape.NewManager(&scrape.Options{
		DiscoveryReloadOnStartup: true,
		ParseST:                  true,
		EnableOpenMetrics2:       true,
		EnableZstdScrape:         s.encoding == "zstd",
	}, nil, nil, nil, storage, prometheus.NewRegistry())
	if err != nil {
		t.Fatal(err)
	}
	cfg, err := config.Load(configuration(s), nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := manager.ApplyConfig(cfg); err != nil {
		t.Fatal(err)
	}
	targets := make(chan map[string][]*targetgroup.Group)
	ended := make(chan error, 1)
	go func() { ended <- manager.Run(targets) }()
	address := model.LabelSet{model.AddressLabel: model.LabelValue(strings.TrimPrefix(url, "http://"))}
	targets <- map[string][]*targetgroup.Group{"job": {{Source: "test", Targets: []model.LabelSet{address}}}}
	return func() {
		manager.Stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}
}

func configuration(s scraping) string {
	protocols := make([]string, len(s.protocols))
	for i, p := range s.protocols {
		protocols[i] = string(p)
	}
	text := fmt.Sprintf(`
scrape_configs:
- job_name: job
  scrape_interval: 500ms
  scrape_timeout: 500ms
  scrape_protocols: [%s]
  scrape_native_histograms: %t
  always_scrape_classic_histograms: %t
  enable_compression: %t
`, strings.Join(protocols, ", "), !s.noNative, s.classic, s.encoding != "identity")
	if s.escaping != "" {
		text += "  metric_name_escaping_scheme: " + s.escaping + "\n"
	}
	return text
}
