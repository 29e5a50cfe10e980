//go:build unix

package main

import (
	"bufio"
	"context"
	"io"
	"log"
	"net/http"
	"os"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

func TestMain(m *testing.M) {
	if os.Getenv(workerEnv) != "" {
		if err := work(); err != nil {
			log.Fatal(err)
		}
		return
	}
	m.Run()
}

func TestRun(t *testing.T) {
	t.Setenv("PROMETHEUS_MULTIPROC_DIR", "") // which run changes
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	printed, w := io.Pipe()
	ended := make(chan error, 1)
	go func() { ended <- run(ctx, w, "127.0.0.1:0", 2) }()
	url, err := bufio.NewReader(printed).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	url = strings.TrimSpace(url)

	const before, after = 20, 5
	var victim string
	for range before {
		victim = get(t, url)
	}
	kill(t, victim)
	for range after {
		if survivor := get(t, url); survivor == victim {
			t.Fatalf("process %s serves although it was killed", victim)
		}
	}
	page := get(t, url+"/metrics")
	if want := "\nserver_requests_total " + strconv.Itoa(before+after) + "\n"; !strings.Contains(page, want) {
		t.Errorf("no %q in\n%s", want, page)
	}
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

// get asks over a connection of its own, as another client would.
func get(t *testing.T, url string) string {
	t.Helper()
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	response, err := client.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimRight(string(body), "\n") + "\n"
}

// kill ends a worker and returns when it is gone.
func kill(t *testing.T, pid string) {
	t.Helper()
	n, err := strconv.Atoi(strings.TrimSpace(pid))
	if err != nil {
		t.Fatal(err)
	}
	process, err := os.FindProcess(n)
	if err != nil {
		t.Fatal(err)
	}
	if err := process.Kill(); err != nil {
		t.Fatal(err)
	}
	for process.Signal(syscall.Signal(0)) == nil {
		runtime.Gosched()
	}
}
