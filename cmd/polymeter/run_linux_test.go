package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"polymeter.dev/internal/mapped"
	"polymeter.dev/internal/pmfile"
)

// Process 1 gets every process whose parent has died, and has to take note of
// the end of each.
func TestRunAsProcess1(t *testing.T) {
	t.Parallel()
	namespace := func(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWPID} }
	probe, _ := command(t, "--version")
	if namespace(probe); errors.Is(probe.Run(), fs.ErrPermission) {
		t.Skip("making a process namespace is not permitted")
	}
	r := startRun(t, namespace, "--", shell(t), "-c", "(: &); (: &); (: &); echo ready $PPID; read line; exit 5")
	r.waitFor(t, "ready 1")
	deadline := time.Now().Add(20 * time.Second)
	for children(t, r.cmd.Process.Pid) != 1 {
		if time.Now().After(deadline) {
			t.Fatal("there are zombies")
		}
		time.Sleep(time.Millisecond)
	}
	fmt.Fprintln(r.input)
	if code := r.end(t); code != 5 {
		t.Errorf("exit code %d", code)
	}
}

// Workers that have ended are folded while the command goes on, and count as
// before.
func TestRunFolds(t *testing.T) {
	t.Parallel()
	const script = `"$0" demo-worker --dir "$PROMETHEUS_MULTIPROC_DIR" --number 1 --duration 10ms <&-; echo "$PROMETHEUS_MULTIPROC_DIR"; read line`
	r := startRun(t, nil, "--fold-every", "10ms", "--", shell(t), "-c", script, os.Args[0])
	r.waitFor(t, workerDone)
	dir := r.line(t)
	folder, err := mapped.OpenFolder(mapped.System(), dir)
	if err != nil {
		t.Fatal(err)
	}
	defer folder.Close()
	if trusted, err := mapped.System().Trusted(folder.Descriptor()); err != nil || !trusted {
		t.Skipf("nothing is folded here: %v", err)
	}
	deadline := time.Now().Add(20 * time.Second)
	for files := leftBehind(t, dir); !slices.Equal(files, []string{filepath.Join(dir, pmfile.ArchiveName)}); files = leftBehind(t, dir) {
		if time.Now().After(deadline) {
			t.Fatalf("files %q", files)
		}
		time.Sleep(time.Millisecond)
	}
	if page := get(t, r.url+"/metrics"); !strings.Contains(page, "\ndemo_workers 1\n") || strings.Contains(page, "\ndemo_workers_alive 1\n") {
		t.Errorf("the page\n%s", page)
	}
	fmt.Fprintln(r.input)
	if code := r.end(t); code != exitOK {
		t.Errorf("exit code %d", code)
	}
}

// What is typed at a terminal reaches the command without help, and not twice.
func TestRunAtTerminal(t *testing.T) {
	t.Parallel()
	keyboard, terminal := openTerminal(t)
	r := startRun(t, func(cmd *exec.Cmd) {
		cmd.Stdin = terminal
		cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	}, "--", os.Args[0], signalled)
	r.waitFor(t, "ready")
	fmt.Fprint(keyboard, "\x03") // Ctrl-C
	r.waitFor(t, "got interrupt")
	r.signal(t, syscall.SIGUSR1)
	if line := r.line(t); line != "got user defined signal 1" {
		t.Errorf("after the interrupt it %s", line)
	}
	fmt.Fprint(keyboard, "\x04") // Ctrl-D
	if code := r.end(t); code != 7 {
		t.Errorf("exit code %d", code)
	}
}

// openTerminal opens a new terminal at both ends.
func openTerminal(t *testing.T) (keyboard, terminal *os.File) {
	t.Helper()
	keyboard, err := os.OpenFile("/dev/ptmx", os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Skipf("no terminals: %v", err)
	}
	t.Cleanup(func() { keyboard.Close() })
	number, err := unix.IoctlGetInt(int(keyboard.Fd()), unix.TIOCGPTN)
	if err := errors.Join(err, unix.IoctlSetPointerInt(int(keyboard.Fd()), unix.TIOCSPTLCK, 0)); err != nil {
		t.Fatal(err)
	}
	terminal, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Skipf("no terminals: %v", err)
	}
	t.Cleanup(func() { terminal.Close() })
	return keyboard, terminal
}

// children returns how many processes are children of the one.
func children(t *testing.T, pid int) (n int) {
	t.Helper()
	stats, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		t.Fatal(err)
	}
	for _, stat := range stats {
		data, err := os.ReadFile(stat)
		if err != nil {
			continue // it has just ended
		}
		// The second field is the name, in parentheses and with any characters.
		_, rest, _ := strings.Cut(string(data[strings.LastIndexByte(string(data), ')')+1:]), " ")
		if fields := strings.Fields(rest); fields[1] == fmt.Sprint(pid) {
			n++
		}
	}
	return n
}
