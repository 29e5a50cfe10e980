package graphite_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"
	"time"

	"polymeter.dev/interop/peers"
)

// TestExample runs the program of examples/graphite, and compares the lines that it sends
// with what its documentation promises, and with what carbon has stored.
func TestExample(t *testing.T) {
	c := peers.StartCarbon(t)
	r := newRecorder(t, c.Plaintext)
	program := filepath.Join(t.TempDir(), "graphite")
	build := exec.Command("go", "build", "-o", program, "polymeter.dev/examples/graphite")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	run := exec.CommandContext(t.Context(), program, r.address)
	run.Stderr = os.Stderr
	if err := run.Start(); err != nil {
		t.Fatal(err)
	}
	deadline := time.Now().Add(30 * time.Second)
	for len(r.sent()) == 0 && time.Now().Before(deadline) {
		time.Sleep(10 * time.Millisecond)
	}
	time.Sleep(time.Second) // so that the last values have another time
	if err := run.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if err := run.Wait(); err != nil {
		t.Fatal(err)
	}

	// Once at the start, and once at the end.
	sent := string(r.sent())
	t.Logf("sent:\n%s", sent)
	lines := regexp.MustCompile(`^(app_requests_total;endpoint=/api/users 100 (\d+)
app_requests_total;endpoint=/api/orders 50 \d+
app_memory_bytes 536870912 \d+
){2}$`)
	if !lines.MatchString(sent) {
		t.Fatal("that is not what the example promises")
	}
	want := points{}
	for path, value := range map[string]float64{
		"app_requests_total;endpoint=/api/users": 100, "app_requests_total;endpoint=/api/orders": 50, "app_memory_bytes": 536870912,
	} {
		want[path] = map[int64]float64{}
		for _, at := range regexp.MustCompile(`users 100 (\d+)`).FindAllStringSubmatch(sent, -1) {
			var seconds int64
			if _, err := fmt.Sscan(at[1], &seconds); err != nil {
				t.Fatal(err)
			}
			want[path][seconds] = value
		}
	}
	wantStored(t, c, want)
}
