package main

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"

	"polymeter.dev"
	"polymeter.dev/exposition"
	"polymeter.dev/metric"
)

func TestRun(t *testing.T) {
	t.Parallel()
	there := httptest.NewServer(http.NotFoundHandler())
	defer there.Close()
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()

	ctx, stop := context.WithCancel(context.Background())
	printed, w := io.Pipe()
	ended := make(chan error, 1)
	go func() {
		ended <- run(ctx, w, "127.0.0.1:0", map[string]string{"users": there.URL, "payments": gone.URL})
	}()
	url, err := bufio.NewReader(printed).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.Get(strings.TrimSpace(url))
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	page, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	wantLines(t, string(page),
		`external_service_up{service="users"} 1`,
		`external_service_up{service="payments"} 0`,
		`database_table_rows{table="orders"} 500`,
		`database_connections_active 25`,
	)
	if !strings.Contains(string(page), `external_service_response_time_seconds{service="users"} `) {
		t.Errorf("no response time in\n%s", page)
	}
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

func TestSystem(t *testing.T) {
	t.Parallel()
	proc := fstest.MapFS{
		"stat":    {Data: []byte("cpu  40 0 0 160\ncpu0 10 0 10 60 20 0 0 0 5 0\ncpu1 20 0 0 80\nintr 5\n")},
		"meminfo": {Data: []byte("MemTotal: 1000 kB\nMemAvailable: 600 kB\nCached: 100 kB\n")},
		"vmstat":  {Data: []byte("pgpgin 3\npgpgout 7\n")},
	}
	c := &systemCollector{proc: proc}
	wantLines(t, page(t, c),
		`system_cpu_usage_percent{core="0"} 20`,
		`system_cpu_usage_percent{core="1"} 20`,
		`system_memory_bytes{type="total"} 1024000`,
		`system_memory_bytes{type="used"} 409600`,
		`system_memory_bytes{type="cached"} 102400`,
		`system_disk_io_bytes_total{direction="read"} 3072`,
		`system_disk_io_bytes_total{direction="write"} 7168`,
	)
	proc["stat"] = &fstest.MapFile{Data: []byte("cpu0 60 0 10 110 20\n")}
	wantLines(t, page(t, c), `system_cpu_usage_percent{core="0"} 50`)
}

// Elsewhere than on Linux the families are missing, and nothing else is.
func TestSystemElsewhere(t *testing.T) {
	t.Parallel()
	registry := polymeter.NewRegistry(nil)
	registry.MustRegister(&systemCollector{proc: fstest.MapFS{}}, &databaseCollector{db: mockDatabase{}})
	text, err := exposition.GenerateLatest(registry)
	if lost := (*metric.CollectError)(nil); !errors.As(err, &lost) || lost.Collector != "*main.systemCollector" {
		t.Errorf("error %v does not say what was lost", err)
	}
	wantLines(t, string(text), `database_connections_active 25`)
}

type brokenDatabase struct{}

func (brokenDatabase) Query(context.Context, string) ([]row, error) { return nil, io.ErrUnexpectedEOF }

func TestDatabaseGone(t *testing.T) {
	t.Parallel()
	c := &databaseCollector{db: brokenDatabase{}}
	wantLines(t, page(t, c), `database_collector_errors_total{error="*errors.errorString"} 1`)
	wantLines(t, page(t, c), `database_collector_errors_total{error="*errors.errorString"} 2`)
}

func page(t *testing.T, c metric.Collector) string {
	t.Helper()
	text, err := exposition.GenerateLatest(c)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func wantLines(t *testing.T, page string, lines ...string) {
	t.Helper()
	for _, line := range lines {
		if !strings.Contains(page, "\n"+line+"\n") {
			t.Errorf("no line %q in\n%s", line, page)
		}
	}
}
