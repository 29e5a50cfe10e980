//go:build unix

package multiprocess_test

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"pgregory.net/rapid"

	"polymeter.dev/internal/mapped"
	"polymeter.dev/internal/pmfile"
	"polymeter.dev/metric"
	"polymeter.dev/multiprocess"
)

// process is one that writes a native file, with a clock of its own, so that the
// room of what it deletes is used again.
type process struct {
	writer *pmfile.Writer
	clock  time.Time
	// families are offsets by name, series the living ones.
	families map[string]int64
	series   map[string]*processSeries
}

type processSeries struct {
	cells  pmfile.SeriesCells
	chunks map[int32][]atomic.Uint64
	value  uint64 // what it must show
}

// fleet is a directory with processes, and what a page of it must show.
type fleet struct {
	dir     string
	living  []*process
	ended   map[string]uint64
	started int64
}

// TestNativeFollowing does anything to the files of some processes, rooms being
// used again and again: a collector that has followed them shows what a new one
// shows, and both what was counted.
func TestNativeFollowing(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		dir, err := os.MkdirTemp(t.TempDir(), "")
		if err != nil {
			rt.Fatal(err)
		}
		defer os.RemoveAll(dir)
		f := &fleet{dir: dir, ended: map[string]uint64{}}
		defer f.close()
		c := newCollector(t, dir, multiprocess.CollectorOptions{})
		for range rapid.IntRange(1, 40).Draw(rt, "steps") {
			f.step(rt)
			if rapid.IntRange(0, 3).Draw(rt, "scrape") > 0 {
				continue
			}
			got, want := page(t, c), page(t, newCollector(t, dir, multiprocess.CollectorOptions{}))
			if got != want {
				rt.Fatalf("following:\n%s\nanew:\n%s", got, want)
			}
			if got = withoutStarts(got); got != f.page() {
				rt.Fatalf("got\n%s\ncounted were\n%s", got, f.page())
			}
		}
	})
}

func (f *fleet) close() {
	for _, p := range f.living {
		p.writer.Close()
	}
}

func (f *fleet) step(rt *rapid.T) {
	if len(f.living) == 0 || rapid.IntRange(0, 12).Draw(rt, "begins") == 0 {
		f.begin(rt)
	}
	p := rapid.SampledFrom(f.living).Draw(rt, "process")
	name := rapid.SampledFrom([]string{"a", "b", "h"}).Draw(rt, "family")
	// Values of many lengths, so that rooms are of many sizes.
	value := strings.Repeat("v", rapid.SampledFrom([]int{1, 2, 30, 100}).Draw(rt, "label"))
	key := name + "," + value
	s := p.series[key]
	f.started++
	switch operation := rapid.IntRange(0, 7).Draw(rt, "operation"); {
	case operation == 0:
		p.clock = p.clock.Add(2 * time.Minute)
	case operation == 1 && len(f.living) > 1:
		f.end(rt, p)
	case s == nil:
		p.add(rt, name, value, f.started)
	case operation == 2:
		p.writer.Delete(s.cells.Offset, f.started)
		delete(p.series, key)
	case operation == 3:
		s.reset(p, f.started)
	case name == "h":
		s.observe(rt, p)
	default:
		n := rapid.Uint64Range(1, 9).Draw(rt, "count")
		s.cells.Words[2].Add(n)
		s.value += n
	}
}

func (f *fleet) begin(rt *rapid.T) {
	dir, err := mapped.OpenDirectory(mapped.System(), f.dir)
	if err != nil {
		rt.Fatal(err)
	}
	defer dir.Close()
	p := &process{clock: time.Unix(1, 0), families: map[string]int64{}, series: map[string]*processSeries{}}
	f.started++
	h := nativeHeader("P")
	h.Created = f.started
	p.writer, err = pmfile.Create(dir, h, 0o600, pmfile.WriterOptions{Now: func() time.Time { return p.clock }})
	if err != nil {
		rt.Fatal(err)
	}
	f.living = append(f.living, p)
}

// end has a process end. What it counted stays.
func (f *fleet) end(rt *rapid.T, p *process) {
	if err := p.writer.Close(); err != nil {
		rt.Fatal(err)
	}
	f.living = slices.DeleteFunc(f.living, func(other *process) bool { return other == p })
	for key, s := range p.series {
		f.ended[key] += s.value
	}
}

func (p *process) add(rt *rapid.T, name, value string, start int64) {
	family := &pmfile.Family{Name: name, Type: metric.TypeCounter, LabelNames: []string{"n"}}
	if name == "h" {
		family.Type, family.Native = metric.TypeHistogram, true
	}
	var err error
	if p.families[name] == 0 {
		if p.families[name], err = p.writer.AddFamily(family); err != nil {
			rt.Fatal(err)
		}
	}
	s := &processSeries{chunks: map[int32][]atomic.Uint64{}}
	if s.cells, err = p.writer.AddSeries(p.families[name], []string{value}, nil, start); err != nil {
		rt.Fatal(err)
	}
	p.series[name+","+value] = s
}

func (s *processSeries) reset(p *process, start int64) {
	for i := range s.cells.Words[2:] {
		s.cells.Words[2+i].Store(0)
	}
	for _, words := range s.chunks {
		for i := range words {
			words[i].Store(0)
		}
	}
	s.value = 0
	p.writer.Reset(s.cells.Offset, start)
}

func (s *processSeries) observe(rt *rapid.T, p *process) {
	number := rapid.Int32Range(-2, 2).Draw(rt, "chunk")
	if s.chunks[number] == nil {
		words, err := p.writer.AddChunk(s.cells.Offset, 0, number, false)
		if err != nil {
			rt.Fatal(err)
		}
		s.chunks[number] = words
	}
	s.chunks[number][rapid.IntRange(0, 15).Draw(rt, "bucket")].Add(1)
	s.value++
	if x, err := p.writer.AddExemplar(s.cells.Offset, 0, 16*int(number+3)); err != nil {
		rt.Fatal(err)
	} else {
		x.Store(exemplar("x", 1, int64(s.value)))
	}
}

// page is what must be shown.
func (f *fleet) page() string {
	sums := map[string]uint64{}
	for key, n := range f.ended {
		sums[key] += n
	}
	for _, p := range f.living {
		for key, s := range p.series {
			sums[key] += s.value
		}
	}
	var page []string
	last := ""
	for _, key := range slices.Sorted(maps.Keys(sums)) {
		name, value, _ := strings.Cut(key, ",")
		typ := map[string]string{"a": "counter", "b": "counter", "h": "histogram"}[name]
		if name != last {
			page = append(page, fmt.Sprintf("# %s %s", name, typ))
			last = name
		}
		n := strconv.FormatUint(sums[key], 10)
		if typ == "counter" {
			page = append(page, fmt.Sprintf("%s_total{n=%q} %s", name, value, n))
			continue
		}
		page = append(page, fmt.Sprintf("h_bucket{n=%q,le=\"+Inf\"} %s", value, n),
			fmt.Sprintf("h_count{n=%q} %s", value, n), fmt.Sprintf("h_sum{n=%q} 0", value))
	}
	return lines(page...)
}
