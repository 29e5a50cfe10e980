//go:build unix

package multiprocess_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"

	"polymeter.dev/metric"
	"polymeter.dev/multiprocess"
)

// publishDirEnv makes this test binary a child that publishes until it is killed.
const publishDirEnv = "POLYMETER_TEST_PUBLISH_DIR"

// publishForever publishes, says so, and goes on until its input ends.
func publishForever(dir string) error {
	s, err := multiprocess.Open(dir, quiet(multiprocess.Options{Format: multiprocess.FormatNative, Identifier: named("child")}))
	if err != nil {
		return err
	}
	families := all(
		one("jobs", metric.TypeCounter, 40), one("size", metric.TypeGauge, 4), one("build", metric.TypeInfo, 1, "in", "child"),
		one("alive", metric.TypeGauge, 1),
	)
	if _, err := s.Publish(families, &multiprocess.PublishOptions{Modes: liveModes}); err != nil {
		return err
	}
	if err := s.Refresh(context.Background()); err != nil {
		return err
	}
	if _, err := fmt.Println("published"); err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, os.Stdin)
	return err
}

var liveModes = map[string]metric.GaugeMode{"alive": metric.GaugeLiveSum}

// TestTwoProcessesPublish has another process publish, and kills it.
func TestTwoProcessesPublish(t *testing.T) {
	dir := t.TempDir()
	kill := startPublishing(t, dir)
	s := openNative(t, dir, "parent")
	publish(t, s, emitting(one("jobs", metric.TypeCounter, 2), one("size", metric.TypeGauge, 3), one("alive", metric.TypeGauge, 1)),
		&multiprocess.PublishOptions{Modes: liveModes})
	refresh(t, s)
	c := newCollector(t, dir, multiprocess.CollectorOptions{})
	both := []string{"# jobs counter", "jobs_total{} 42", "# size gauge", `size{pid="child"} 4`, `size{pid="parent"} 3`}
	want := lines(append([]string{"# alive gauge", "alive{} 2", "# build info", `build_info{in="child"} 1`}, both...)...)
	if got := page(t, c); got != want {
		t.Errorf("both alive: got\n%s\nwant\n%s", got, want)
	}
	selfSays(t, c, `processes{state="living"} 2`)
	if self := page(t, c.SelfMetrics()); !strings.Contains(self, `publication_age_seconds{pid="child"}`) {
		t.Errorf("no age of the child's publication in\n%s", self)
	}
	kill()
	want = lines(append([]string{"# alive gauge", "alive{} 1"}, both...)...)
	for _, event := range []string{"killed", "folded"} {
		if got := page(t, c); got != want {
			t.Errorf("%s: got\n%s\nwant\n%s", event, got, want)
		}
		if self := page(t, c.SelfMetrics()); strings.Contains(self, `publication_age_seconds{pid="child"}`) {
			t.Errorf("%s: the child's publication is still getting older", event)
		}
		if _, err := multiprocess.Compact(t.Context(), dir, nil); err != nil {
			t.Fatal(err)
		}
	}
}

// startPublishing starts a child that has published when it returns.
func startPublishing(t *testing.T, dir string) (kill func()) {
	t.Helper()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	child := exec.Command(program, "-test.run=^$")
	child.Env = append(os.Environ(), publishDirEnv+"="+dir)
	child.Stderr = os.Stderr
	if _, err := child.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	killed := false
	kill = func() {
		if killed {
			return
		}
		killed = true
		if err := child.Process.Kill(); err != nil {
			t.Error(err)
		}
		_ = child.Wait() // says that it was killed
	}
	t.Cleanup(kill)
	if line, err := bufio.NewReader(out).ReadString('\n'); err != nil || line != "published\n" {
		t.Fatalf("the child says %q, %v", line, err)
	}
	return kill
}
