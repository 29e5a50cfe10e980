package main

import (
	"bufio"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"polymeter.dev"
	"polymeter.dev/metric"
	"polymeter.dev/multiprocess"
)

const (
	mergeRow       = "merge of 64 processes × 10,000 entries"
	mergeProcesses = 64
	mergeEntries   = 10_000
)

//go:embed merge.py
var mergeScript string

// printMerge compares the merge of files in the Python client's format by
// Polymeter and by the Python client. All writers are alive, and every value
// has changed since the scrape before.
func printMerge(rounds int) {
	fmt.Printf("\n| %s | first scrape | following |\n|---|---|---|\n", mergeRow)
	writers, err := newWriters(multiprocess.FormatPython)
	if err != nil {
		fmt.Println("no merge:", err)
		return
	}
	defer writers.close()
	ours := measure(rounds, writers, openPolymeter)
	theirs := measure(rounds, writers, openPython)
	for _, m := range []*mergeTimes{ours, theirs} {
		if m.err != nil {
			fmt.Printf("| %s | left out: %v | |\n", m.library, m.err)
			continue
		}
		fmt.Printf("| %s | %s | %s |\n", m.library, show(median(m.first)), show(median(m.following)))
	}
	if ours.err == nil && theirs.err == nil {
		fmt.Printf("| times Polymeter's | %.1f | %.1f |\n",
			median(theirs.first)/median(ours.first), median(theirs.following)/median(ours.following))
	}
}

// writers are registries with a store each, all in one directory: 64 processes
// as far as the files are concerned.
type writers struct {
	dir    string
	stores []*multiprocess.Store
	series []*polymeter.Counter
}

func newWriters(format multiprocess.Format) (*writers, error) {
	dir, err := os.MkdirTemp(memoryDir(), "polymeter-merge-")
	if err != nil {
		return nil, err
	}
	w := &writers{dir: dir}
	for p := range mergeProcesses {
		store, err := multiprocess.Open(dir, &multiprocess.Options{
			Identifier: func() string { return strconv.Itoa(1000 + p) },
			Format:     format,
			Layout:     multiprocess.LayoutNewer,
			NoCompact:  true,
		})
		if err != nil {
			w.close()
			return nil, err
		}
		w.stores = append(w.stores, store)
		r := polymeter.NewRegistry(&polymeter.RegistryOptions{Store: store})
		v, err := r.NewCounterVec(polymeter.CounterOpts{Name: "merge_requests", Help: "Requests.", Labels: labelNames})
		if err != nil {
			w.close()
			return nil, err
		}
		for i := range mergeEntries {
			w.series = append(w.series, v.With(labelsOf(i)))
		}
	}
	return w, nil
}

// memoryDir is where such files live in production, if the machine has it.
func memoryDir() string {
	if _, err := os.Stat("/dev/shm"); err == nil {
		return "/dev/shm"
	}
	return ""
}

// change adds to every value.
func (w *writers) change() {
	for _, c := range w.series {
		c.Inc()
	}
}

func (w *writers) close() {
	for _, s := range w.stores {
		_ = s.Close() // the directory goes next
	}
	_ = os.RemoveAll(w.dir)
}

// merger scrapes a directory and says how many samples it saw; open starts one
// that has seen nothing yet.
type merger struct {
	library string
	scrape  func() (time.Duration, int, error)
	close   func()
}

type mergeTimes struct {
	library          string
	first, following []float64 // nanoseconds
	err              error
}

// measure scrapes with a fresh merger in each round, and then repeatedly.
func measure(rounds int, w *writers, open func(dir string) (*merger, error)) *mergeTimes {
	times := &mergeTimes{library: "Python client"}
	for range rounds {
		if times.err = times.round(w, open); times.err != nil {
			break
		}
	}
	return times
}

func (t *mergeTimes) round(w *writers, open func(dir string) (*merger, error)) error {
	m, err := open(w.dir)
	if err != nil {
		return err
	}
	defer m.close()
	t.library = m.library
	for i := range 4 {
		w.change()
		took, samples, err := m.scrape()
		if err != nil {
			return err
		}
		if samples != mergeEntries {
			return fmt.Errorf("%s saw %d samples, not %d", m.library, samples, mergeEntries)
		}
		if i == 0 {
			t.first = append(t.first, float64(took))
		} else {
			t.following = append(t.following, float64(took))
		}
	}
	return nil
}

func openPolymeter(dir string) (*merger, error) {
	c, err := multiprocess.NewCollector(dir, nil)
	if err != nil {
		return nil, err
	}
	return &merger{library: "polymeter", close: func() {}, scrape: func() (time.Duration, int, error) {
		samples := 0
		begun := time.Now()
		err := c.Collect(context.Background(), func(f metric.Family) error {
			return f.Each(func(*metric.Sample) error {
				samples++
				return nil
			})
		})
		return time.Since(begun), samples, err
	}}, nil
}

// interpreter is the one that the peers are installed for.
const interpreter = "/usr/bin/python3"

// openPython starts a process that scrapes whenever it reads a line.
func openPython(dir string) (*merger, error) {
	cmd := exec.Command(interpreter, "-c", mergeScript, dir)
	cmd.Env = append(os.Environ(), "PROMETHEUS_MULTIPROC_DIR="+dir, "PYTHONPATH="+pythonPath())
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	lines := bufio.NewScanner(out)
	m := &merger{close: func() {
		_ = in.Close()
		_ = cmd.Wait()
	}}
	if !lines.Scan() {
		m.close()
		return nil, errors.New("the Python client is not installed; run .ci/install-peers")
	}
	m.library = "Python client " + lines.Text()
	m.scrape = func() (time.Duration, int, error) {
		if _, err := io.WriteString(in, "scrape\n"); err != nil {
			return 0, 0, err
		}
		if !lines.Scan() {
			return 0, 0, errors.New("the Python client ended")
		}
		seconds, samples, _ := strings.Cut(lines.Text(), " ")
		s, err := strconv.ParseFloat(seconds, 64)
		if err != nil {
			return 0, 0, err
		}
		n, err := strconv.Atoi(samples)
		return time.Duration(s * 1e9), n, err
	}
	return m, nil
}

// pythonPath is where .ci/install-peers puts the newer Python client.
func pythonPath() string {
	dir := os.Getenv("POLYMETER_PEERS")
	if dir == "" {
		if cache, err := os.UserCacheDir(); err == nil {
			dir = filepath.Join(cache, "polymeter-peers")
		}
	}
	return filepath.Join(dir, "trixie", "usr", "lib", "python3", "dist-packages")
}
