//go:build unix

package main

import (
	"bufio"
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"polymeter.dev/multiprocess"
)

// serverEnv makes this test binary the server.
const serverEnv = "EXAMPLE_RESTART_SERVER"

func TestMain(m *testing.M) {
	if os.Getenv(serverEnv) != "" {
		if err := serve("127.0.0.1:0"); err != nil {
			log.Fatal(err)
		}
		return
	}
	m.Run()
}

func TestRestart(t *testing.T) {
	t.Parallel()
	server := exec.Command(os.Args[0])
	server.Env = append(os.Environ(), serverEnv+"=1", multiprocess.DirEnv+"="+t.TempDir())
	server.Stderr = os.Stderr
	leash, err := server.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := server.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	defer leash.Close() // which ends all generations
	url, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	url = strings.TrimSpace(url)

	requests := 0
	ask := func() (generation, pid int) {
		t.Helper()
		requests++
		if _, err := fmt.Sscanf(get(t, url), "%d %d", &generation, &pid); err != nil {
			t.Fatal(err)
		}
		return generation, pid
	}
	generation, pid := ask()
	for want := 2; want <= 3; want++ {
		if err := syscall.Kill(pid, syscall.SIGHUP); err != nil {
			t.Fatal(err)
		}
		for deadline := time.Now().Add(20 * time.Second); generation != want; generation, pid = ask() {
			if time.Now().After(deadline) {
				t.Fatalf("generation %d does not come", want)
			}
		}
		page := get(t, url+"/metrics")
		for _, line := range []string{
			fmt.Sprintf("\nserver_requests_total %d\n", requests),
			fmt.Sprintf("\nserver_generation %d\n", want),
		} {
			if !strings.Contains(page, line) {
				t.Errorf("no %q in\n%s", line, page)
			}
		}
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
	return string(body)
}
