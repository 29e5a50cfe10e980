package main

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// startServe runs serve in this process until the test ends, and returns where
// it serves and a function that waits for its exit code.
func startServe(t *testing.T, args ...string) (url string, stop func() int) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	log, errors := io.Pipe()
	code := make(chan int, 1)
	go func() {
		code <- runContext(ctx, append([]string{"serve", "--addr", "127.0.0.1:0"}, args...), strings.NewReader(""), io.Discard, errors)
		errors.Close()
	}()
	t.Cleanup(cancel)
	lines := bufio.NewScanner(log)
	for url == "" {
		if !lines.Scan() {
			t.Fatal("serve ended before it served")
		}
		if m := regexp.MustCompile(`url=(\S+)/metrics`).FindStringSubmatch(lines.Text()); m != nil {
			url = m[1]
		}
	}
	go io.Copy(io.Discard, log)
	return url, func() int {
		cancel()
		return <-code
	}
}

func get(t *testing.T, url string) string {
	t.Helper()
	response, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s, %v\n%s", url, response.Status, err, body)
	}
	return string(body)
}

// Several directories add up; one that does not exist yet is no obstacle.
func TestServe(t *testing.T) {
	t.Parallel()
	url, stop := startServe(t, "--dir", storeDir(t), "--dir", filepath.Join(t.TempDir(), "later"), "--dir", storeDir(t))
	page := get(t, url+"/metrics")
	for _, line := range []string{`jobs_total{queue="mail"} 84`, "busy 6", "wait_count 6", "polymeter_scrapes_in_flight 1"} {
		if !strings.Contains(page, "\n"+line+"\n") {
			t.Errorf("no line %q in\n%s", line, page)
		}
	}
	if got := get(t, url+"/-/healthy"); got != "healthy\n" {
		t.Errorf("healthy: %q", got)
	}
	if code := stop(); code != exitOK {
		t.Errorf("exit code %d", code)
	}
	if _, err := http.Get(url); err == nil {
		t.Error("still serving")
	}
}

func TestServeFails(t *testing.T) {
	t.Parallel()
	dir := storeDir(t)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	taken := listener.Addr().String()
	got := invoke(t, "", "serve", "--dir", dir, "--addr", taken)
	if got.code != exitFailure || !strings.Contains(got.errors, taken) || !strings.HasPrefix(got.errors, "polymeter serve: listen") {
		t.Errorf("a taken port: %+v", got)
	}
	got = invoke(t, "", "serve", "--dir", filepath.Join(dir, "counter_1.db"))
	if got.code != exitFailure || !strings.Contains(got.errors, "not a directory") {
		t.Errorf("a file: %+v", got)
	}
}

func TestMetricsURL(t *testing.T) {
	t.Parallel()
	for addr, want := range map[string]string{
		"0.0.0.0:80":     "http://127.0.0.1:80/metrics",
		"[::]:80":        "http://127.0.0.1:80/metrics",
		"[::1]:80":       "http://[::1]:80/metrics",
		"192.0.2.1:9090": "http://192.0.2.1:9090/metrics",
	} {
		tcp, err := net.ResolveTCPAddr("tcp", addr)
		if err != nil {
			t.Fatal(err)
		}
		if got := metricsURL(tcp); got != want {
			t.Errorf("%s: %s, want %s", addr, got, want)
		}
	}
}
