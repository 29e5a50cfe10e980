//go:build unix

package multiprocess_test

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"polymeter.dev/multiprocess"
)

// crashDirEnv makes this test binary a child that counts until it is killed.
const crashDirEnv = "POLYMETER_TEST_CRASH_DIR"

func TestMain(m *testing.M) {
	for variable, work := range map[string]func(dir string) error{
		crashDirEnv: countForever, publishDirEnv: publishForever, lifeDirEnv: live,
	} {
		dir := os.Getenv(variable)
		if dir == "" {
			continue
		}
		if err := work(dir); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
	os.Exit(m.Run())
}

// countForever opens one series after the other, counts in all of them, and says
// after each round that it has.
func countForever(dir string) error {
	s, err := multiprocess.Open(dir, quiet(multiprocess.Options{Identifier: named("child")}))
	if err != nil {
		return err
	}
	for round := 1; ; round++ {
		counter, err := s.Open(counterSpec("round"), []string{strconv.Itoa(round)})
		if err != nil {
			return err
		}
		counter.Words[0].Store(1 << 62) // 2 as a float64
		histogram, err := s.Open(histogramSpec(1, 2, 3, 4), []string{strconv.Itoa(round), "200"})
		if err != nil {
			return err
		}
		histogram.Words[0].Store(1 << 62)
		if _, err := fmt.Println(round); err != nil {
			return err
		}
	}
}

// Tests that begin processes do not run in parallel with others: until its program
// is there, a child has all files of this process, which are in use then.

// TestKilledWriter kills a writer at some moment of its work: its files must be
// undamaged, have every count that it acknowledged, and no half of a histogram.
func TestKilledWriter(t *testing.T) {
	for _, rounds := range []int{1, 2, 10, 100, 1000, 3000} {
		t.Run(strconv.Itoa(rounds), func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			acknowledged := killAfter(t, dir, rounds)
			counters := values(t, filepath.Join(dir, "counter_child.db"))
			for round := 1; round <= acknowledged; round++ {
				if got := counters["jobs_total,round="+strconv.Itoa(round)]; got != 2 {
					t.Fatalf("round %d of %d: counted %v", round, acknowledged, got)
				}
			}
			histograms := values(t, filepath.Join(dir, "histogram_child.db"))
			if n := len(histograms); n < 6*acknowledged || n%6 != 0 {
				t.Errorf("%d entries of histograms after %d rounds", n, acknowledged)
			}
			s := openStore(t, dir, multiprocess.Options{Identifier: named("child")})
			place := openPlace(t, s, counterSpec("round"), "1")
			add(t, place, 0, 1)
			if got := values(t, filepath.Join(dir, "counter_child.db"))["jobs_total,round=1"]; got != 3 {
				t.Errorf("the next process continued to %v, want 3", got)
			}
		})
	}
}

// killAfter kills a child once it has acknowledged that many rounds, and returns
// how many it acknowledged in all.
func killAfter(t *testing.T, dir string, rounds int) int {
	t.Helper()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	child := exec.Command(program, "-test.run=^$")
	child.Env = append(os.Environ(), crashDirEnv+"="+dir)
	child.Stderr = os.Stderr
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	last := 0
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if last, err = strconv.Atoi(strings.TrimSpace(lines.Text())); err != nil {
			t.Fatal(err)
		}
		if last == rounds {
			if err := child.Process.Kill(); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := child.Wait(); err == nil {
		t.Fatal("the child ended by itself")
	}
	return last
}
