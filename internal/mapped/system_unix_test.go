//go:build unix

package mapped_test

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"polymeter.dev/internal/mapped"
)

// writerVariable makes a process of the test binary a writer, with a file in the
// directory it names.
const writerVariable = "POLYMETER_MAPPED_WRITER"

func TestMain(m *testing.M) {
	if path := os.Getenv(writerVariable); path != "" {
		if err := write(path); err != nil {
			panic(err)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// write makes a file and keeps it open until the standard input ends.
func write(path string) error {
	dir, err := mapped.OpenDirectory(mapped.System(), path)
	if err != nil {
		return err
	}
	f, err := dir.Create("f", start, 0o600, nothing)
	if err != nil {
		return err
	}
	os.Stdout.WriteString("ready\n")
	_, err = io.Copy(io.Discard, os.Stdin)
	return errors.Join(err, f.Close())
}

// startWriter returns a process that has the file f open.
func startWriter(t *testing.T, path string) (*exec.Cmd, io.Closer) {
	t.Helper()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	command := exec.Command(program)
	command.Env = append(os.Environ(), writerVariable+"="+path)
	command.Stderr = os.Stderr
	in, err := command.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		command.Process.Kill()
		command.Wait()
	})
	if line, err := bufio.NewReader(out).ReadString('\n'); line != "ready\n" {
		t.Fatalf("the writer says %q, %v", line, err)
	}
	return command, in
}

// TestWriterOfAnotherProcess sees a writer live, and die in two ways. It is not
// run in parallel: a process that is being started has, for a moment, the open
// files and locks of all other tests.
func TestWriterOfAnotherProcess(t *testing.T) {
	for name, end := range map[string]func(*exec.Cmd, io.Closer) error{
		"exit": func(command *exec.Cmd, in io.Closer) error { return errors.Join(in.Close(), command.Wait()) },
		// A killed process stays a zombie as long as nobody waits for it.
		"kill": func(command *exec.Cmd, _ io.Closer) error { return command.Process.Kill() },
	} {
		t.Run(name, func(t *testing.T) {
			path := t.TempDir()
			command, in := startWriter(t, path)
			view, err := openFolder(t, path).Open("f")
			if err != nil {
				t.Fatal(err)
			}
			defer view.Close()
			if locked, err := view.Locked(); !locked || err != nil {
				t.Errorf("with a writer: Locked() = %v, %v", locked, err)
			}
			if err := view.Unwritten(); !errors.Is(err, whileWritten) {
				t.Errorf("with a writer: %v", err)
			}
			if err := end(command, in); err != nil {
				t.Fatal(err)
			}
			awaitUnlocked(t, view)
			if err := view.Unwritten(); !errors.Is(err, onceUnwritten) {
				t.Errorf("without a writer: %v", err)
			}
		})
	}
}

// What Unwritten says.
var whileWritten, onceUnwritten = func() (error, error) {
	if runtime.GOOS == "linux" {
		return mapped.ErrInUse, nil
	}
	return mapped.ErrNoLease, mapped.ErrNoLease
}()

// awaitUnlocked waits for the system to tidy up after a process it has killed.
func awaitUnlocked(t *testing.T, view *mapped.View) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); ; runtime.Gosched() {
		locked, err := view.Locked()
		if err != nil {
			t.Fatal(err)
		}
		if !locked {
			return
		}
		if time.Now().After(deadline) {
			t.Fatal("the file is locked for ever")
		}
	}
}

func TestLeaseUnsupported(t *testing.T) {
	t.Parallel()
	kernel := mapped.System()
	dir, err := kernel.Directory(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer kernel.Close(dir)
	if err := kernel.Lease(dir); !errors.Is(err, mapped.ErrNoLease) || errors.Is(err, mapped.ErrInUse) {
		t.Errorf("lease of a directory: %v", err)
	}
}

func TestFileSystems(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" {
		t.Skip("no file system is trusted elsewhere")
	}
	for path, want := range map[string]bool{"/proc": false, "/dev/shm": true} {
		kernel := mapped.System()
		dir, err := kernel.Directory(path)
		if errors.Is(err, fs.ErrNotExist) {
			t.Logf("there is no %s", path)
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		defer kernel.Close(dir)
		if got, err := kernel.Trusted(dir); got != want || err != nil {
			t.Errorf("%s: Trusted() = %v, %v", path, got, err)
		}
	}
}

func TestFree(t *testing.T) {
	t.Parallel()
	kernel := mapped.System()
	path := t.TempDir()
	dir, err := kernel.Directory(path)
	if err != nil {
		t.Fatal(err)
	}
	defer kernel.Close(dir)
	if free, err := kernel.Free(dir); free <= 0 || err != nil {
		t.Errorf("Free() = %d, %v", free, err)
	}
	if _, err := kernel.Free(-1); err == nil {
		t.Error("what is not open has free space")
	}
}

func TestBoot(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" {
		t.Skip("the number is read from elsewhere")
	}
	text, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		t.Skip(err)
	}
	id := mapped.Boot()
	got := fmt.Sprintf("%x-%x-%x-%x-%x", id[:4], id[4:6], id[6:8], id[8:10], id[10:])
	if got != strings.TrimSpace(string(text)) {
		t.Errorf("Boot() is %s, the system has %s", got, text)
	}
}

func TestViewGrows(t *testing.T) {
	t.Parallel()
	path := t.TempDir()
	file := filepath.Join(path, "f")
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("")
	folder := openFolder(t, path)
	view, err := folder.Open("f")
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"", "some", "some more"} {
		write(text)
		if err := view.Refresh(); err != nil {
			t.Fatal(err)
		}
		if string(view.Bytes()) != text || view.Info().Size != int64(len(text)) || view.Info().Links != 1 {
			t.Errorf("%q is mapped, %+v", view.Bytes(), view.Info())
		}
	}
	write("less")
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	if err := view.Refresh(); err != nil {
		t.Fatal(err)
	}
	if len(view.Bytes()) != len("some more") || view.Info().Size != 4 || view.Info().Links != 0 {
		t.Errorf("%q is mapped, %+v", view.Bytes(), view.Info())
	}
	for range 2 {
		if err := view.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if view.Descriptor() >= 0 || view.Refresh() == nil || view.Unwritten() == nil {
		t.Error("a closed view still has its file")
	}
}

// TestViewKeepsNoDescriptor tells the two ways of opening a file apart.
func TestViewKeepsNoDescriptor(t *testing.T) {
	t.Parallel()
	path := t.TempDir()
	if err := os.WriteFile(filepath.Join(path, "f"), []byte("text"), 0o600); err != nil {
		t.Fatal(err)
	}
	view, err := openFolder(t, path).View("f")
	if err != nil {
		t.Fatal(err)
	}
	defer view.Close()
	if _, err := view.Locked(); err == nil || view.Descriptor() >= 0 {
		t.Errorf("descriptor %d", view.Descriptor())
	}
	if string(view.Bytes()) != "text" {
		t.Errorf("%q is mapped", view.Bytes())
	}
}
