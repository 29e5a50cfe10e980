package celltest

import (
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"polymeter.dev/internal/cell"
	"polymeter.dev/metric"
)

// TestBackend tests whether a store keeps what [cell.Backend], [cell.Place] and
// [cell.Annex] ask for. Open makes an empty store, and returns how to close it.
// Kinds of metrics that its format cannot keep are left out.
func TestBackend(t *testing.T, open func(t *testing.T) (b cell.Backend, closeStore func())) {
	for _, spec := range specs() {
		t.Run(spec.Name, func(t *testing.T) {
			b, closeStore := open(t)
			defer closeStore()
			first, err := b.Open(spec, []string{"a"})
			if errors.Is(err, cell.ErrUnsupported) {
				if _, err := b.Open(spec, []string{"b"}); !errors.Is(err, cell.ErrUnsupported) {
					t.Errorf("another series of the family is supported: %v", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			fresh(t, spec, first)
			testSameness(t, b, spec, first)
			testConcurrency(t, b, spec)
			testAnnex(t, spec, first)
			testRemoval(t, b, spec)
			closeStore()
			if _, err := b.Open(spec, []string{"c"}); !errors.Is(err, cell.ErrClosed) {
				t.Errorf("opening in a closed store: %v, want ErrClosed", err)
			}
		})
	}
}

// specs has a family of each kind.
func specs() []*cell.Spec {
	of := func(name string, t metric.Type) *cell.Spec {
		return &cell.Spec{Desc: metric.Desc{Name: name, Help: "Help.", Type: t, LabelNames: []string{"label"}}}
	}
	classic, native := of("classic", metric.TypeHistogram), of("native", metric.TypeHistogram)
	classic.Bounds = []float64{1, metric.Inf()}
	native.Native = true
	states := of("states", metric.TypeStateSet)
	states.States = []string{"on", "off"}
	return []*cell.Spec{
		of("counter", metric.TypeCounter), of("gauge", metric.TypeGauge), of("summary", metric.TypeSummary),
		of("info", metric.TypeInfo), classic, native, states,
	}
}

// size returns how many words a place has.
func size(spec *cell.Spec, p *cell.Place) int {
	switch spec.Type {
	case metric.TypeCounter:
		if p.Whole {
			return 2
		}
	case metric.TypeGauge:
		if p.Stamped {
			return 2
		}
	case metric.TypeSummary:
		return 2
	case metric.TypeInfo:
		return 0
	case metric.TypeHistogram:
		if spec.Native && p.Annex != nil {
			return len(spec.Bounds) + 3
		}
		return len(spec.Bounds) + 1
	}
	return 1
}

// fresh tests a place that is new.
func fresh(t *testing.T, spec *cell.Spec, p cell.Place) {
	t.Helper()
	if want := size(spec, &p); len(p.Words) != want {
		t.Fatalf("%d words, want %d", len(p.Words), want)
	}
	for i, w := range p.Words {
		if v := w.Load(); v != 0 {
			t.Errorf("word %d of a new place is %#x", i, v)
		}
		if p.Block != nil && w != &p.Block[i] {
			t.Errorf("word %d is not that of the block", i)
		}
	}
}

// testSameness opens the same series again, and another one.
func testSameness(t *testing.T, b cell.Backend, spec *cell.Spec, first cell.Place) {
	t.Helper()
	again, err := b.Open(spec, []string{"a"})
	if err != nil || !slices.Equal(again.Words, first.Words) {
		t.Errorf("opening again gives another place (%v)", err)
	}
	other, err := b.Open(spec, []string{"other\n\"\x00"})
	if err != nil {
		t.Fatal(err)
	}
	fresh(t, spec, other)
	for i, w := range other.Words {
		if slices.Contains(first.Words, w) {
			t.Errorf("word %d belongs to two series", i)
		}
	}
}

// testConcurrency opens one series from many goroutines.
func testConcurrency(t *testing.T, b cell.Backend, spec *cell.Spec) {
	t.Helper()
	const goroutines = 8
	places := make([]cell.Place, goroutines)
	var all sync.WaitGroup
	for i := range goroutines {
		all.Go(func() {
			p, err := b.Open(spec, []string{"shared"})
			if err != nil {
				t.Error(err)
			}
			for _, w := range p.Words {
				w.Add(1)
			}
			places[i] = p
		})
	}
	all.Wait()
	for i, w := range places[0].Words {
		if v := w.Load(); v != goroutines {
			t.Errorf("word %d is %d after %d additions", i, v, goroutines)
		}
	}
}

// testAnnex tests what there is beyond words.
func testAnnex(t *testing.T, spec *cell.Spec, p cell.Place) {
	t.Helper()
	if p.Annex == nil {
		return
	}
	if p.Start == nil {
		t.Error("no word for the time of the start")
	} else if err := p.Annex.Reset(5); err != nil || p.Start.Load() != 5 {
		t.Errorf("after Reset(5) the start is %d (%v)", p.Start.Load(), err)
	}
	if spec.Native {
		testChunks(t, p.Annex)
	}
	if spec.Type == metric.TypeCounter || spec.Type == metric.TypeHistogram {
		if err := p.Annex.Exemplar(0, &metric.Exemplar{Labels: metric.MustLabels("id", "x"), Value: 1}); err != nil {
			t.Errorf("Exemplar: %v", err)
		}
	}
	if spec.Type == metric.TypeInfo {
		if err := p.Annex.Text(metric.MustLabels("version", "1")); err != nil {
			t.Errorf("Text: %v", err)
		}
	}
}

func testChunks(t *testing.T, a cell.Annex) {
	t.Helper()
	seen := map[*atomic.Uint64]bool{}
	for _, negative := range []bool{false, true} {
		for _, number := range []int32{-1, 0, 3} {
			words, err := a.Chunk(3, number, negative)
			if err != nil || len(words) != cell.ChunkSize {
				t.Fatalf("a chunk has %d words (%v)", len(words), err)
			}
			if seen[&words[0]] || words[0].Load() != 0 {
				t.Error("a new chunk is not new")
			}
			seen[&words[0]] = true
			again, err := a.Chunk(3, number, negative)
			if err != nil || &again[0] != &words[0] {
				t.Errorf("the same chunk has other words (%v)", err)
			}
		}
	}
}

// testRemoval opens a series, removes it and opens it again. A series that several
// have opened is there until all have removed it, so this is one of its own.
func testRemoval(t *testing.T, b cell.Backend, spec *cell.Spec) {
	t.Helper()
	values := []string{"removed"}
	first, err := b.Open(spec, values)
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range first.Words {
		w.Store(7)
	}
	b.Remove(spec, []string{"never there"})
	b.Remove(spec, values)
	if first.Annex != nil && spec.Type == metric.TypeInfo {
		if err := first.Annex.Text(metric.MustLabels("version", "2")); !errors.Is(err, cell.ErrClosed) {
			t.Errorf("Text of a removed series: %v, want ErrClosed", err)
		}
	}
	again, err := b.Open(spec, values)
	if err != nil {
		t.Fatal(err)
	}
	// A format of bare words may have no way to take a count out again.
	if first.Annex != nil || spec.Type == metric.TypeGauge {
		fresh(t, spec, again)
	}
}
