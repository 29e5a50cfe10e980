//go:build unix

package main

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"polymeter.dev/multiprocess"
)

// listenEnv and graphiteEnv make a program of this test the example.
const (
	listenEnv   = "POLYMETER_EXAMPLE_LISTEN"
	graphiteEnv = "POLYMETER_EXAMPLE_GRAPHITE"
)

func TestMain(m *testing.M) {
	if listen := os.Getenv(listenEnv); listen != "" {
		_ = run(context.Background(), listen, os.Getenv(graphiteEnv)) // until it is killed
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// TestFiveLines holds the promise that five lines are enough.
func TestFiveLines(t *testing.T) {
	source, err := os.ReadFile("main.go")
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(string(source), "// added"); n == 0 || n > 5 {
		t.Errorf("%d lines were added", n)
	}
}

func TestTwoProcesses(t *testing.T) {
	graphite, lines := startGraphite(t)
	dir := t.TempDir()
	first, second := start(t, dir, graphite), start(t, dir, graphite)
	get(t, first, "/", "")
	get(t, first, "/", "")
	get(t, second, "/", "")

	const want = `app_requests_total{endpoint="/"} 3 `
	for _, url := range []string{first, second} {
		deadline := time.Now().Add(time.Minute)
		page, contentType := get(t, url, "/metrics", "application/openmetrics-text;version=2.0.0")
		for !strings.Contains(page, want) && time.Now().Before(deadline) {
			time.Sleep(50 * time.Millisecond)
			page, contentType = get(t, url, "/metrics", "application/openmetrics-text;version=2.0.0")
		}
		if !strings.Contains(page, want) || !strings.HasPrefix(contentType, "application/openmetrics-text; version=2.0.0") {
			t.Errorf("%s: no line %s in %s\n%s", url, want, contentType, page)
		}
	}
	for sent := false; !sent; {
		select {
		case line := <-lines:
			sent = strings.HasPrefix(line, "go_info;")
		case <-time.After(time.Minute):
			t.Fatal("nothing is sent to Graphite")
		}
	}
}

// start starts the example, and returns where it serves when it does.
func start(t *testing.T, dir, graphite string) (url string) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	listen := listener.Addr().String()
	listener.Close()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), listenEnv+"="+listen, graphiteEnv+"="+graphite, multiprocess.DirEnv+"="+dir)
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(10 * time.Millisecond) {
		conn, err := net.Dial("tcp", listen)
		if err == nil {
			conn.Close()
			return "http://" + listen
		}
		if time.Now().After(deadline) {
			t.Fatal(err)
		}
	}
}

// startGraphite starts what listens as Graphite does, and returns the lines it gets.
func startGraphite(t *testing.T) (address string, lines <-chan string) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	received := make(chan string, 10_000)
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			for scanner := bufio.NewScanner(conn); scanner.Scan(); {
				received <- scanner.Text()
			}
			conn.Close()
		}
	}()
	return listener.Addr().String(), received
}

func get(t *testing.T, url, path, accept string) (body, contentType string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Accept", accept)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK {
		t.Fatalf("%s%s: %s %v", url, path, response.Status, err)
	}
	return string(text), response.Header.Get("Content-Type")
}
