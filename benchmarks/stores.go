package main

import (
	"context"
	"fmt"
	"math"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"

	"polymeter.dev"
	"polymeter.dev/metric"
	"polymeter.dev/multiprocess"
)

// storeWork compares an increment by where its value lives. A store keeps what is
// counted in a file for as long as the program runs; the directories are removed
// at the end.
func storeWork() []comparison {
	heap := work{"heap", func() func(int) { return countIn(polymeter.NewRegistry(nil)) }}
	native := work{"native store", func() func(int) { return countIn(storeRegistry(multiprocess.FormatNative)) }}
	python := work{"python store", func() func(int) { return countIn(storeRegistry(multiprocess.FormatPython)) }}
	loop := work{"compare-and-swap loop", func() func(int) {
		word := new(atomic.Uint64)
		return func(int) { addFloat(word) }
	}}
	all := bothWays("Inc by place", []work{heap, native})
	return append(all, bothWays("Inc of a float", []work{loop, python})...)
}

func countIn(r *polymeter.Registry) func(int) {
	c := must(r.NewCounter(polymeter.CounterOpts{Name: "inc"}))
	return func(int) { c.Inc() }
}

// addFloat adds one to a float64, as a program without a library would.
func addFloat(word *atomic.Uint64) {
	for {
		old := word.Load()
		if word.CompareAndSwap(old, math.Float64bits(math.Float64frombits(old)+1)) {
			return
		}
	}
}

// storeDirs are removed at the end.
var storeDirs []string

func storeRegistry(format multiprocess.Format) *polymeter.Registry {
	dir := must(os.MkdirTemp(memoryDir(), "polymeter-store-"))
	storeDirs = append(storeDirs, dir)
	store := must(multiprocess.Open(dir, &multiprocess.Options{Format: format, NoCompact: true}))
	return polymeter.NewRegistry(&polymeter.RegistryOptions{Store: store})
}

func removeStores() {
	for _, dir := range storeDirs {
		_ = os.RemoveAll(dir)
	}
}

const formatsRow = "merge of 64 processes × 10,000 series, by format"

// printFormats compares the merge of both formats, side by side in one process.
// All writers are alive, and every value has changed since the scrape before.
func printFormats(rounds int) {
	fmt.Printf("\n| %s | first scrape | following |\n|---|---|---|\n", formatsRow)
	formats := []multiprocess.Format{multiprocess.FormatPython, multiprocess.FormatNative}
	times := make([]*mergeTimes, len(formats))
	all := make([]*writers, len(formats))
	for i, format := range formats {
		w, err := newWriters(format)
		if err != nil {
			fmt.Println("no merge:", err)
			return
		}
		defer w.close()
		all[i], times[i] = w, new(mergeTimes)
	}
	for range rounds {
		for i := range formats {
			if err := times[i].round(all[i], openPolymeter); err != nil {
				fmt.Println("no merge:", err)
				return
			}
		}
	}
	for i, name := range []string{"python", "native"} {
		fmt.Printf("| %s | %s | %s |\n", name, show(median(times[i].first)), show(median(times[i].following)))
	}
	fmt.Printf("| native / python | %.2f | %.2f |\n",
		median(times[1].first)/median(times[0].first), median(times[1].following)/median(times[0].following))
}

const memoryRow = "memory of a merge of 64 processes × 10,000 series"

// printMemory shows how the memory of a process that only merges develops over a
// thousand scrapes.
func printMemory() {
	fmt.Printf("\n| %s | resident after the scrape |\n|---|---|\n", memoryRow)
	w, err := newWriters(multiprocess.FormatNative)
	if err != nil {
		fmt.Println("no merge:", err)
		return
	}
	defer w.close()
	c := must(multiprocess.NewCollector(w.dir, nil))
	for scrape := 1; scrape <= 1000; scrape++ {
		if scrape%100 == 0 {
			w.change()
			runtime.GC() // or it would show when the collector last ran
		}
		_ = c.Collect(context.Background(), func(f metric.Family) error {
			return f.Each(func(*metric.Sample) error { return nil })
		})
		if slices.Contains([]int{10, 100, 200, 500, 1000}, scrape) {
			fmt.Printf("| %d | %s |\n", scrape, resident())
		}
	}
}

// resident returns the anonymous memory of this process, which leaves out the
// files that it maps.
func resident() string {
	const status = "/proc/self/status"
	data, err := os.ReadFile(status)
	if err != nil {
		return err.Error()
	}
	for line := range strings.Lines(string(data)) {
		if name, amount, _ := strings.Cut(line, ":"); name == "RssAnon" {
			return strings.TrimSpace(amount)
		}
	}
	return status + " does not say"
}
