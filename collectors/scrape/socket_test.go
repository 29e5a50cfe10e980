//go:build unix

package scrape_test

import (
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"polymeter.dev/collectors/scrape"
	"polymeter.dev/exposition"
)

// Each socket is a target of its own, although the URLs are the same.
func TestSockets(t *testing.T) {
	t.Parallel()
	dir, err := os.MkdirTemp("", "scrape") // the path of a socket must be short
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	var targets []scrape.Target
	for _, name := range []string{"a", "b"} {
		path := filepath.Join(dir, name)
		listener, err := net.Listen("unix", path)
		if err != nil {
			t.Fatal(err)
		}
		server := &http.Server{ReadHeaderTimeout: time.Minute, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", exposition.ContentTypeText)
			io.WriteString(w, "x{own=\""+name+r.URL.Path+"\"} 1\n")
		})}
		go server.Serve(listener)
		t.Cleanup(func() { server.Close() })
		targets = append(targets, scrape.Target{URL: "http://localhost/metrics", Socket: path})
	}
	for _, client := range []*http.Client{nil, {Transport: &http.Transport{}}} {
		c := newCollector(t, &scrape.Options{Targets: targets, Client: client})
		wantPage(t, c, "# TYPE x unknown\n"+
			"x{instance=\""+dir+"/a\",own=\"a/metrics\"} 1\n"+
			"x{instance=\""+dir+"/b\",own=\"b/metrics\"} 1\n")
	}
}
