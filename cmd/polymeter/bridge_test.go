package main

import (
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/klauspost/compress/snappy"

	"polymeter.dev/exposition"
)

// startRemote starts a receiver of Remote-Write, and returns its address and the
// requests that it gets, decompressed.
func startRemote(t *testing.T) (url string, requests <-chan string) {
	t.Helper()
	received := make(chan string, 1000)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err == nil {
			body, err = snappy.Decode(nil, body)
		}
		if err != nil || r.Header.Get("Tenant") != "a" {
			http.Error(w, "odd", http.StatusBadRequest)
			return
		}
		received <- string(body)
		w.Header().Set("X-Prometheus-Remote-Write-Samples-Written", "1000")
	}))
	t.Cleanup(server.Close)
	return server.URL, received
}

// startCarbon starts a receiver of lines, and returns its address and the lines.
func startCarbon(t *testing.T) (address string, lines <-chan string) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	received := make(chan string, 1000)
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			text, _ := io.ReadAll(conn)
			conn.Close()
			for line := range bytes.Lines(text) {
				received <- string(line)
			}
		}
	}()
	return listener.Addr().String(), received
}

// bridge runs a bridge until the function returned is called, which gives the exit
// code and what was logged.
func bridge(t *testing.T, args ...string) (stop func() (int, string)) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	var log bytes.Buffer
	code := make(chan int, 1)
	go func() {
		code <- runContext(ctx, append([]string{"bridge"}, args...), strings.NewReader(""), io.Discard, &log)
	}()
	return func() (int, string) {
		cancel()
		return <-code, log.String()
	}
}

// until receives until something contains all the texts.
func until(t *testing.T, received <-chan string, texts ...string) {
	t.Helper()
	for {
		select {
		case got := <-received:
			if !slices.ContainsFunc(texts, func(text string) bool { return !strings.Contains(got, text) }) {
				return
			}
		case <-t.Context().Done():
			t.Fatalf("nothing with %q", texts)
		}
	}
}

func TestBridgeRemoteWrite(t *testing.T) {
	t.Parallel()
	url, requests := startRemote(t)
	dir := storeDir(t)
	page := filepath.Join(t.TempDir(), "page")
	writeFile(t, page, []byte("# TYPE first gauge\nfirst 1\n"))
	server := httptest.NewServer(send(exposition.ContentTypeText, fine))
	defer server.Close()
	common := []string{"remote-write", "--url", url, "--header", "Tenant: a", "--label", "job=j", "--interval", "20ms"}
	for name, test := range map[string]struct{ arg, name string }{
		"directory": {dir, "jobs_total"},
		"server":    {server.URL, "app_requests_total"},
		"file":      {page, "first"},
	} {
		t.Run(name, func(t *testing.T) {
			stop := bridge(t, append(common, test.arg)...)
			until(t, requests, test.name, "job", "polymeter_remotewrite_requests_total")
			if name == "file" {
				writeFile(t, page, []byte("# TYPE second gauge\nsecond 1\n"))
				until(t, requests, "second")
				os.Remove(page)
				writeFile(t, page, []byte("third"))
			}
			code, log := stop()
			if wrong := strings.Contains(log, "level=WARN"); code != exitOK || wrong != (name == "file") {
				t.Errorf("exit code %d; logged\n%s", code, log)
			}
		})
	}
}

func TestBridgeGraphite(t *testing.T) {
	t.Parallel()
	address, lines := startCarbon(t)
	page := writeFile(t, filepath.Join(t.TempDir(), "page"), []byte(fine))
	stop := bridge(t, "graphite", "--address", address, "--tags", "--label", "job=j", "--interval", "20ms", page)
	until(t, lines, "app_requests_total;job=j 3 ")
	until(t, lines, "polymeter_graphite_")
	if code, log := stop(); code != exitOK || strings.Contains(log, "level=WARN") {
		t.Errorf("exit code %d; logged\n%s", code, log)
	}
}

// TestBridgeOnce sends one page, all of it or nothing.
func TestBridgeOnce(t *testing.T) {
	t.Parallel()
	url, requests := startRemote(t)
	address, lines := startCarbon(t)
	page := writeFile(t, filepath.Join(t.TempDir(), "page"), []byte(fine))
	bad := writeFile(t, filepath.Join(t.TempDir(), "bad"), []byte(fine+"a\n"))
	commands := [][]string{
		{"bridge", "remote-write", "--once", "--url", url, "--header", "Tenant: a"},
		{"bridge", "graphite", "--once", "--address", address, "--prefix", "x.y"},
	}
	for _, command := range commands {
		invoke(t, "", append(command, page)...).want(t, exitOK, "", "")
		invoke(t, "", append(command, bad)...).want(t, exitFailure, "",
			"polymeter bridge "+command[1]+": "+bad+":4:2: the line ends where the value of the sample should be\n")
	}
	until(t, requests, "app_requests_total")
	until(t, lines, "x.y.app_requests_total 3 ")
	if len(requests)+len(lines) > 0 {
		t.Error("more was sent")
	}
	got := invoke(t, "", "bridge", "remote-write", "--once", "--url", url, page)
	if got.code != exitFailure || got.errors == "" || !strings.Contains(got.errors, "the receiver answered 400 Bad Request: odd\n") {
		t.Errorf("refused: %+v", got)
	}
}

func TestBridgeUsage(t *testing.T) {
	t.Setenv("PROMETHEUS_MULTIPROC_DIR", "")
	t.Setenv("prometheus_multiproc_dir", "")
	for _, test := range []struct {
		args []string
		want string
	}{
		{[]string{"bridge"}, "polymeter bridge: no command given"},
		{[]string{"bridge", "graphit"}, `polymeter bridge: unknown command "graphit"; did you mean "graphite"?`},
		{[]string{"bridge", "graphite", "x"}, "polymeter bridge graphite: no --address given"},
		{[]string{"bridge", "graphite", "--address", "a:1"}, "polymeter bridge graphite: no page or directory given, and PROMETHEUS_MULTIPROC_DIR is not set"},
		{[]string{"bridge", "graphite", "--address", "a:1", ""}, "polymeter bridge graphite: an empty page is given; is a variable not set?"},
		{[]string{"bridge", "graphite", "--address", "a:1", "-"}, "polymeter bridge graphite: standard input can be read only once; a bridge takes a file, a directory or a URL"},
		{[]string{"bridge", "graphite", "--address", "a:1", "x", "y"}, "polymeter bridge graphite: 2 pages given; a bridge takes one"},
		{[]string{"bridge", "graphite", "--address", "a:1", "--protocol", "smtp", "x"}, `polymeter bridge graphite: --protocol: "smtp" is not one of plaintext, pickle, udp`},
		{[]string{"bridge", "graphite", "--address", "a", "x"}, "polymeter bridge graphite: "},
		{[]string{"bridge", "remote-write", "x"}, "polymeter bridge remote-write: no --url given"},
		{[]string{"bridge", "remote-write", "--url", "ftp://a", "x"}, `polymeter bridge remote-write: the URL of the receiver has the scheme "ftp", not http or https`},
		{[]string{"bridge", "remote-write", "--url", "http://a", "--interval", "0s", "x"}, "polymeter bridge remote-write: --interval: 0s is not positive"},
		{[]string{"bridge", "remote-write", "--url", "http://a", "--timeout", "0s", "x"}, "polymeter bridge remote-write: --timeout: 0s is not positive"},
		{[]string{"bridge", "remote-write", "--url", "http://a", "--fold-every", "-1s", "x"}, "polymeter bridge remote-write: --fold-every: -1s is negative"},
		{[]string{"bridge", "remote-write", "--url", "http://a", "--label", "x", "x"}, `polymeter bridge remote-write: --label: "x" is not of the form name=value`},
		{[]string{"bridge", "remote-write", "--url", "http://a", "--label", "x=", "--label", "x=1", "x"}, `polymeter bridge remote-write: --label: label "x" is given twice`},
		{[]string{"bridge", "remote-write", "--url", "http://a", "--log-level", "x", "x"}, `polymeter bridge remote-write: --log-level: "x" is not one of debug, info, warn and error`},
	} {
		got := invoke(t, "", test.args...)
		if got.code != exitUsage || !strings.HasPrefix(lastLines(got.errors), test.want) {
			t.Errorf("%q: exit code %d and %q, want %q", test.args, got.code, got.errors, test.want)
		}
	}
}

// lastLines returns the last two lines.
func lastLines(text string) string {
	all := strings.SplitAfter(text, "\n")
	return strings.Join(all[max(0, len(all)-3):], "")
}
