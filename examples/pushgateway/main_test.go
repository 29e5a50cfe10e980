package main

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/klauspost/compress/gzip"

	"polymeter.dev/exposition"
)

// gateway keeps the last page of each group.
type gateway struct {
	mu    sync.Mutex
	pages map[string]string
}

func (g *gateway) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := gzip.NewReader(r.Body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	page, err := exposition.GenerateLatest(exposition.Decoded(exposition.NewProtobufDecoder(body, nil)))
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	group, _, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/metrics/job/"), "/")
	g.pages[group] = string(page)
}

// has reports whether a group has a line that begins with a text.
func (g *gateway) has(group, line string) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return strings.Contains(g.pages[group], "\n"+line)
}

func TestRun(t *testing.T) {
	t.Parallel()
	g := &gateway{pages: map[string]string{}}
	server := httptest.NewServer(g)
	defer server.Close()
	if err := run(t.Context(), server.URL, 2); err != nil {
		t.Fatal(err)
	}
	if !g.has("copy", "copy_rows_total 2\n") || !g.has("copy_success", "copy_last_success_timestamp_seconds ") {
		t.Errorf("the gateway has %q", g.pages)
	}
}

func TestStopped(t *testing.T) {
	t.Parallel()
	g := &gateway{pages: map[string]string{}}
	server := httptest.NewServer(g)
	defer server.Close()
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if err := run(ctx, server.URL, 1000); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
	if !g.has("copy", "copy_rows_total ") || g.has("copy_success", "") {
		t.Errorf("the gateway has %q", g.pages)
	}
}
