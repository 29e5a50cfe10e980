package main

import (
	"context"
	"fmt"
	"io/fs"
	"strconv"
	"strings"
	"sync"

	"polymeter.dev/metric"
)

// systemCollector shows processors, memory and disks as the kernel of Linux
// tells about them.
type systemCollector struct {
	proc fs.FS // the folder /proc

	mu   sync.Mutex // scrapes may come at the same time
	last map[string]ticks
}

// ticks is the time that a core has spent since the system started.
type ticks struct{ busy, total float64 }

// Collect implements [metric.Collector].
func (c *systemCollector) Collect(_ context.Context, emit func(metric.Family) error) error {
	for _, family := range []func() (metric.Family, error){c.cores, c.memory, c.disks} {
		f, err := family()
		if err != nil {
			return err
		}
		if err := emit(f); err != nil {
			return err
		}
	}
	return nil
}

// cores shows the usage since the last scrape, and at the first one since the
// system started.
func (c *systemCollector) cores() (metric.Family, error) {
	lines, err := c.lines("stat")
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	usage := metric.NewGaugeFamily("system_cpu_usage_percent", "CPU usage by core.", "core")
	now := make(map[string]ticks)
	for _, line := range lines {
		core, isCore := strings.CutPrefix(line[0], "cpu")
		if !isCore || core == "" {
			continue
		}
		now[core] = ticksOf(line[1:])
		since := ticks{now[core].busy - c.last[core].busy, now[core].total - c.last[core].total}
		if since.total > 0 {
			usage.Add(100*since.busy/since.total, core)
		}
	}
	c.last = now
	return usage, nil
}

// ticksOf adds up user, nice, system, idle, iowait, irq, softirq and steal. The
// columns after these are part of the first two.
func ticksOf(columns []string) ticks {
	var t ticks
	for i, column := range columns[:min(len(columns), 8)] {
		spent := number(column)
		t.total += spent
		if idle := i == 3 || i == 4; !idle {
			t.busy += spent
		}
	}
	return t
}

func (c *systemCollector) memory() (metric.Family, error) {
	lines, err := c.lines("meminfo")
	if err != nil {
		return nil, err
	}
	kibibytes := values(lines)
	memory := metric.NewGaugeFamily("system_memory_bytes", "System memory usage.", "type")
	memory.SetUnit("bytes")
	memory.Add(1024*kibibytes["MemTotal:"], "total")
	memory.Add(1024*kibibytes["MemAvailable:"], "available")
	memory.Add(1024*(kibibytes["MemTotal:"]-kibibytes["MemAvailable:"]), "used")
	memory.Add(1024*kibibytes["Cached:"], "cached")
	return memory, nil
}

func (c *systemCollector) disks() (metric.Family, error) {
	lines, err := c.lines("vmstat")
	if err != nil {
		return nil, err
	}
	kibibytes := values(lines)
	moved := metric.NewCounterFamily("system_disk_io_bytes_total", "Disk I/O bytes.", "direction")
	moved.Add(1024*kibibytes["pgpgin"], "read")
	moved.Add(1024*kibibytes["pgpgout"], "write")
	return moved, nil
}

// lines reads a file as lines of columns.
func (c *systemCollector) lines(file string) ([][]string, error) {
	text, err := fs.ReadFile(c.proc, file)
	if err != nil {
		return nil, fmt.Errorf("system collector: %w", err)
	}
	var lines [][]string
	for line := range strings.Lines(string(text)) {
		if columns := strings.Fields(line); len(columns) > 1 {
			lines = append(lines, columns)
		}
	}
	return lines, nil
}

// values takes the second column of each line by the first.
func values(lines [][]string) map[string]float64 {
	found := make(map[string]float64)
	for _, line := range lines {
		found[line[0]] = number(line[1])
	}
	return found
}

// number reads a count of the kernel's; what is none counts as zero.
func number(text string) float64 {
	n, _ := strconv.ParseFloat(text, 64)
	return n
}
