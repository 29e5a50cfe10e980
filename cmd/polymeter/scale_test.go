package main

import (
	"fmt"
	"maps"
	"math/big"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"polymeter.dev"
	"polymeter.dev/metric"
	"polymeter.dev/multiprocess"
)

// scaleEnv is how many processes TestScale starts, instead of a few. It then says
// what it measured:
//
//	POLYMETER_SCALE_PROCESSES=10000 go test -run TestScale -v -timeout 0 ./cmd/polymeter
const scaleEnv = "POLYMETER_SCALE_PROCESSES"

// atATime is how many processes live at the same time, and how many the others are
// compared with.
const atATime = 50

// brief is the argument that makes the test binary a process that counts once. The
// directory and its number follow.
const brief = "count-briefly"

// gaugeModes are all of them.
var gaugeModes = []metric.GaugeMode{
	metric.GaugeAll, metric.GaugeLiveAll, metric.GaugeMin, metric.GaugeLiveMin, metric.GaugeMax, metric.GaugeLiveMax,
	metric.GaugeSum, metric.GaugeLiveSum, metric.GaugeMostRecent, metric.GaugeLiveMostRecent,
}

// share is what a process counts, in each of its metrics. Sums of it have to be
// rounded.
func share(number int) float64 { return 0.1 * float64(1+number%7) }

// countBriefly counts in a metric of every kind, and ends like one that crashes.
func countBriefly(dir, number string) int {
	n, err := strconv.Atoi(number)
	if err == nil {
		err = countOnce(dir, share(n))
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return exitFailure
	}
	return exitOK
}

func countOnce(dir string, v float64) error {
	store, err := multiprocess.Open(dir, &multiprocess.Options{NoCompact: true})
	if err != nil {
		return err
	}
	r := polymeter.NewRegistry(nil)
	if err := r.Attach(store); err != nil {
		return err
	}
	polymeter.Must(r.NewCounter(polymeter.CounterOpts{Name: "jobs"})).Add(v)
	polymeter.Must(r.NewHistogram(polymeter.HistogramOpts{Name: "job_seconds", Buckets: []float64{0.25, 0.5}})).Observe(v)
	polymeter.Must(r.NewSummary(polymeter.SummaryOpts{Name: "job_bytes"})).Observe(v)
	for _, mode := range gaugeModes {
		polymeter.Must(r.NewGauge(polymeter.GaugeOpts{Name: "level_" + mode.String(), Mode: mode})).Set(v)
	}
	return nil
}

// TestScale has many short processes count, some at a time, while serve folds.
// Afterwards, neither what is in the directory nor the page tells how many there
// were, except by its totals, which are right to the last bit.
func TestScale(t *testing.T) {
	if testing.Short() {
		t.Skip("starts many processes")
	}
	t.Parallel()
	total := 2 * atATime
	if s := os.Getenv(scaleEnv); s != "" {
		var err error
		if total, err = strconv.Atoi(s); err != nil || total <= atATime {
			t.Fatalf("%s=%s is not a number above %d", scaleEnv, s, atATime)
		}
	}
	dir := t.TempDir()
	if r, err := multiprocess.Compact(t.Context(), dir, nil); err != nil {
		t.Fatal(err)
	} else if r.Untrusted {
		t.Skip("nothing is folded here")
	}
	begin := time.Now()
	s := &scale{t: t, dir: dir}
	s.url, _ = startServe(t, "--dir", dir, "--fold-every", "1s", "--retain-gauges", "1s")
	few := s.run(0, atATime)
	before, _ := startServe(t, "--dir", s.copied())
	many := s.run(atATime, total)
	t.Logf("%d processes: %v", atATime, few)
	t.Logf("%d processes: %v; at most %d files at a time, %v in all", total, many, s.files, time.Since(begin).Round(time.Second))
	compareScrapes(t, before+"/metrics", s.url+"/metrics")
	if !slices.Equal(many.series, few.series) {
		t.Errorf("series are\n%s\nand were\n%s", strings.Join(many.series, "\n"), strings.Join(few.series, "\n"))
	}
	if 10*many.bytes > 11*few.bytes {
		t.Errorf("the directory has %d bytes, and had %d", many.bytes, few.bytes)
	}
}

// scale is a directory in which processes count.
type scale struct {
	t        *testing.T
	dir, url string
	files    int // at most at a time, as far as seen
}

// measured is what a directory costs when all of its processes have ended.
type measured struct {
	bytes  int64
	series []string
}

func (m measured) String() string { return fmt.Sprintf("%d bytes, %d series", m.bytes, len(m.series)) }

// run runs the processes with these numbers, waits for the last to be folded, and
// checks the totals.
func (s *scale) run(from, to int) measured {
	s.t.Helper()
	s.start(from, to)
	page := s.settle()
	values := samplesOf(page)
	sum := new(big.Rat)
	shares := map[string]float64{}
	for n := range to {
		sum.Add(sum, new(big.Rat).SetFloat64(share(n)))
		shares[metric.FormatFloat(share(n))] = share(n)
	}
	all := slices.Sorted(maps.Values(shares))
	exact, _ := sum.Float64()
	for name, want := range map[string]float64{
		"jobs_total": exact, "job_seconds_sum": exact, "job_bytes_sum": exact, "level_sum": exact,
		"job_seconds_count": float64(to), "job_bytes_count": float64(to), `job_seconds_bucket{le="+Inf"}`: float64(to),
		"level_min": all[0], "level_max": all[len(all)-1],
	} {
		if got, found := values[name]; !found || got != want {
			s.t.Errorf("after %d processes %s is %v (%t), want %v", to, name, got, found, want)
		}
	}
	if got := values["level_mostrecent"]; !slices.Contains(all, got) {
		s.t.Errorf("after %d processes level_mostrecent is %v, which none of them set", to, got)
	}
	return measured{s.bytes(), slices.Sorted(maps.Keys(values))}
}

// start runs processes to their end, some at a time.
func (s *scale) start(from, to int) {
	s.t.Helper()
	program, err := os.Executable()
	if err != nil {
		s.t.Fatal(err)
	}
	var next, failed atomic.Int64
	next.Store(int64(from))
	var running sync.WaitGroup
	for range atATime {
		running.Go(func() {
			for n := next.Add(1) - 1; n < int64(to); n = next.Add(1) - 1 {
				out, err := exec.Command(program, brief, s.dir, strconv.FormatInt(n, 10)).CombinedOutput()
				if err != nil && failed.Add(1) == 1 {
					s.t.Errorf("process %d: %v\n%s", n, err, out)
				}
			}
		})
	}
	done := make(chan struct{})
	go func() {
		running.Wait()
		close(done)
	}()
	s.watch(done)
}

// watch looks at the directory until all is done.
func (s *scale) watch(done <-chan struct{}) {
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-done:
			return
		case <-tick.C:
			s.files = max(s.files, len(s.list()))
		}
	}
}

// settle waits until only the archive is left and gauges of the dead are gone, and
// returns the page.
func (s *scale) settle() string {
	s.t.Helper()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for begin := time.Now(); ; <-tick.C {
		page := get(s.t, s.url+"/metrics")
		files := s.list()
		if len(files) == 1 && !strings.Contains(page, "{pid=") {
			return page
		}
		if time.Since(begin) > time.Minute {
			s.t.Fatalf("files are %v, and the page is\n%s", files, page)
		}
	}
}

func (s *scale) list() []os.DirEntry {
	s.t.Helper()
	files, err := os.ReadDir(s.dir)
	if err != nil {
		s.t.Fatal(err)
	}
	return files
}

func (s *scale) bytes() (n int64) {
	s.t.Helper()
	for _, file := range s.list() {
		info, err := file.Info()
		if err != nil {
			s.t.Fatal(err)
		}
		n += info.Size()
	}
	return n
}

// copied returns a directory with the same files.
func (s *scale) copied() string {
	s.t.Helper()
	dir := s.t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(s.dir)); err != nil {
		s.t.Fatal(err)
	}
	return dir
}

// compareScrapes says how long pages take. It asks for them in turn, so that
// whatever else the machine does concerns both.
func compareScrapes(t *testing.T, few, many string) {
	t.Helper()
	const warming, rounds = 20, 500
	took := map[string][]time.Duration{}
	for i := range warming + rounds {
		for _, url := range []string{few, many} {
			begin := time.Now()
			get(t, url)
			if i >= warming {
				took[url] = append(took[url], time.Since(begin))
			}
		}
	}
	slices.Sort(took[few])
	slices.Sort(took[many])
	for _, percentile := range []int{0, 10, 50} {
		i := percentile * rounds / 100
		a, b := took[few][i], took[many][i]
		t.Logf("scrape, percentile %d: %v after few processes, %v after many, %.3f times that", percentile, a, b, b.Seconds()/a.Seconds())
	}
}

var sampleLine = regexp.MustCompile(`(?m)^([^#\s]\S*) (\S+)$`)

// samplesOf returns the samples of a page by name and labels.
func samplesOf(page string) map[string]float64 {
	values := map[string]float64{}
	for _, m := range sampleLine.FindAllStringSubmatch(page, -1) {
		v, err := strconv.ParseFloat(m[2], 64)
		if err != nil {
			v = metric.NaN()
		}
		values[m[1]] = v
	}
	return values
}
