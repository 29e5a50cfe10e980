package peers

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"net/http"
	"os/exec"
	"strconv"
	"sync"
	"testing"
	"time"
)

// startTimeout is how long a server may take until it answers.
const startTimeout = 30 * time.Second

// server is a program that runs until it is killed.
type server struct {
	cmd    *exec.Cmd
	output lockedBuffer
	ended  chan struct{} // closed when it has
}

// startServer starts a program, and waits until ready returns nil. The program is
// killed at the end of the test at the latest; what it printed is shown when the test
// failed.
func startServer(t testing.TB, cmd *exec.Cmd, ready func() error) *server {
	t.Helper()
	s := &server{cmd: cmd, ended: make(chan struct{})}
	cmd.Stdout, cmd.Stderr = &s.output, &s.output
	cmd.WaitDelay = time.Second
	if err := cmd.Start(); err != nil {
		t.Fatalf("peers: %v", err)
	}
	go func() {
		_ = cmd.Wait() // that it was killed is no news
		close(s.ended)
	}()
	t.Cleanup(func() {
		s.kill()
		if t.Failed() {
			t.Logf("%s printed:\n%s", cmd.Path, tail(s.output.bytes()))
		}
	})
	if err := s.wait(ready); err != nil {
		t.Fatalf("peers: %s: %v", cmd.Path, err)
	}
	return s
}

// wait returns when ready says so.
func (s *server) wait(ready func() error) error {
	deadline := time.Now().Add(startTimeout)
	for {
		err := ready()
		if err == nil {
			return nil
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("not ready after %v: %w", startTimeout, err)
		}
		select {
		case <-s.ended:
			return fmt.Errorf("ended before it was ready: %w", err)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// kill kills the program without a warning, and returns when it is gone.
func (s *server) kill() {
	_ = s.cmd.Process.Kill() // fails when it has ended already
	<-s.ended
}

// FreePort returns a TCP port that nobody listens on at the moment.
func FreePort(t testing.TB) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return strconv.Itoa(listener.Addr().(*net.TCPAddr).Port)
}

// answers returns a condition for [startServer]: the URL answers with 200.
func answers(url string) func() error {
	return func() error {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
		if err != nil {
			return err
		}
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			return err
		}
		response.Body.Close()
		if response.StatusCode != http.StatusOK {
			return fmt.Errorf("%s answers %s", url, response.Status)
		}
		return nil
	}
}

// lockedBuffer is written by a program while a test reads it.
type lockedBuffer struct {
	mu     sync.Mutex
	buffer bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buffer.Write(p)
}

func (b *lockedBuffer) bytes() []byte {
	b.mu.Lock()
	defer b.mu.Unlock()
	return bytes.Clone(b.buffer.Bytes())
}
