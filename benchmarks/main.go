package main

import (
	"flag"
	"fmt"
	"os"
	"regexp"
	"runtime"
	"slices"
	"testing"
	"time"
)

// comparison is one piece of work as several libraries do it, Polymeter first.
type comparison struct {
	name       string
	contenders []contender
}

type contender struct {
	library string
	run     func(b *testing.B)
}

func comparisons() []comparison {
	return slices.Concat(instrumentWork(), storeWork(), expositionWork(), parseWork())
}

func main() {
	testing.Init()
	rounds := flag.Int("rounds", 5, "how often each library does each piece of work")
	each := flag.Duration("each", 200*time.Millisecond, "how long one measurement takes")
	only := flag.String("only", "", "regular expression of the rows to run")
	flag.Parse()
	wanted, err := regexp.Compile(*only)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	if err := flag.Set("test.benchtime", each.String()); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	fmt.Printf("%s, %s/%s, GOMAXPROCS=%d; medians of %d rounds taken in turn\n\n",
		runtime.Version(), runtime.GOOS, runtime.GOARCH, runtime.GOMAXPROCS(0), *rounds)
	fmt.Println("| work | library | time | times Polymeter's | bytes/op | allocs/op |")
	fmt.Println("|---|---|---|---|---|---|")
	for _, c := range comparisons() {
		if wanted.MatchString(c.name) {
			c.print(*rounds)
		}
	}
	if wanted.MatchString(heapRow) {
		printHeap()
	}
	if wanted.MatchString(pythonParseRow) {
		printPythonParse()
	}
	if wanted.MatchString(mergeRow) {
		printMerge(*rounds)
	}
	if wanted.MatchString(formatsRow) {
		printFormats(*rounds)
	}
	if wanted.MatchString(memoryRow) {
		printMemory()
	}
	removeStores()
}

// print measures all contenders in turn, so that a slow moment of the machine
// meets all of them, and prints a row for each.
func (c comparison) print(rounds int) {
	results := make([][]testing.BenchmarkResult, len(c.contenders))
	for range rounds {
		for i, contender := range c.contenders {
			runtime.GC()
			results[i] = append(results[i], testing.Benchmark(contender.run))
		}
	}
	base := medianTime(results[0])
	for i, contender := range c.contenders {
		t, r := medianTime(results[i]), results[i][0]
		fmt.Printf("| %s | %s | %s | %.2f | %d | %d |\n",
			c.name, contender.library, show(t), t/base, r.AllocedBytesPerOp(), r.AllocsPerOp())
	}
}

// medianTime returns nanoseconds per operation.
func medianTime(results []testing.BenchmarkResult) float64 {
	var times []float64
	for _, r := range results {
		times = append(times, float64(r.T.Nanoseconds())/float64(r.N))
	}
	return median(times)
}

func median(values []float64) float64 {
	slices.Sort(values)
	return values[len(values)/2]
}

func show(ns float64) string {
	switch {
	case ns < 1e3:
		return fmt.Sprintf("%.1f ns", ns)
	case ns < 1e6:
		return fmt.Sprintf("%.1f µs", ns/1e3)
	}
	return fmt.Sprintf("%.1f ms", ns/1e6)
}
