package polymeter

import (
	"runtime"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"

	"polymeter.dev/internal/cell/celltest"
	"polymeter.dev/metric"
)

// textOf returns the text that the store has of the only series.
func textOf(t *testing.T, store *celltest.Store) string {
	t.Helper()
	text, any := onlySeries(t, store).Text()
	if !any {
		return "none"
	}
	return text.String()
}

// heapLabels returns the labels that a view of the heap shows.
func heapLabels(v declared) []string {
	var all []string
	if f, any := v.viewHeap(); any {
		_ = f.Each(func(s *metric.Sample) error {
			all = append(all, s.Labels.String())
			return nil
		})
	}
	return all
}

func TestInfoInAStore(t *testing.T) {
	t.Parallel()
	store := celltest.New(celltest.Native())
	v, err := NewRegistry(nil).NewInfoVec(InfoOpts{Name: "build", Labels: []string{"part"}})
	if err != nil {
		t.Fatal(err)
	}
	i := v.With("x")
	v.openAll(store)
	if got := textOf(t, store); got != "{}" {
		t.Errorf("before anything is said the text is %s", got)
	}
	v.detach(false)
	i.Set(map[string]string{"version": "1"})
	v.openAll(store)
	if got := textOf(t, store); got != `{version="1"}` {
		t.Errorf("the text that moved is %s", got)
	}
	i.Set(map[string]string{"version": "2"})
	if got := textOf(t, store); got != `{version="2"}` {
		t.Errorf("the next text is %s", got)
	}
	i.Set(map[string]string{"part": "y"}) // rejected
	if got := textOf(t, store); got != `{version="2"}` || len(heapLabels(v)) > 0 {
		t.Errorf("the text is %s, and the heap shows %q", got, heapLabels(v))
	}
	v.detach(false)
	i.Set(map[string]string{"version": "3"})
	if got := textOf(t, store); got != `{version="2"}` {
		t.Errorf("the text is %s after the store was closed", got)
	}
}

// TestInfoWithoutRoom has a new text that does not fit: the series leaves the
// store, whose text is out of date, until there is room.
func TestInfoWithoutRoom(t *testing.T) {
	t.Parallel()
	store := celltest.New(celltest.Native())
	v, err := NewRegistry(nil).NewInfoVec(InfoOpts{Name: "build"})
	if err != nil {
		t.Fatal(err)
	}
	i := v.With()
	store.Limit(1) // the series, without its text
	v.openAll(store)
	if got := heapLabels(v); len(got) != 1 || !onlySeries(t, store).Removed() {
		t.Errorf("the heap shows %q", got)
	}
	store.Unlimit()
	v.openAll(store)
	if got := heapLabels(v); len(got) != 0 {
		t.Errorf("the heap shows %q", got)
	}
	store.Limit(0)
	i.Set(map[string]string{"version": "2"})
	i.Set(map[string]string{"version": "3"})
	if !v.waits() {
		t.Error("nothing waits for room")
	}
	store.Limit(1)
	v.openAll(store)
	text, _ := store.Find("build").Text()
	if got := text.Get("version"); got != "3" || v.waits() {
		t.Errorf("the store has version %q when there is room", got)
	}
	i.Set(map[string]string{"version": "4"})
	v.openAll(store)
	if got := heapLabels(v); len(got) != 1 || got[0] != `{version="4"}` || store.Find("build") != nil {
		t.Errorf("the heap shows %q", got)
	}
	if v.strays.Load() != 0 || !v.waits() {
		t.Errorf("%d pieces stray from a series that is in the heap", v.strays.Load())
	}
	store.Unlimit()
	v.openAll(store)
	if text, _ := store.Find("build").Text(); text.Get("version") != "4" || len(heapLabels(v)) > 0 {
		t.Errorf("the store has %s in the end", text)
	}
}

// TestMovingLosesNoText sets texts while the store comes and goes.
func TestMovingLosesNoText(t *testing.T) {
	repeatedly(t, func(t *testing.T) {
		store := celltest.New(celltest.Native())
		v, err := NewRegistry(nil).NewInfoVec(InfoOpts{Name: "build"})
		if err != nil {
			t.Fatal(err)
		}
		i := v.With()
		var n atomic.Int64
		var last sync.Mutex
		whileMoving(v, store, func() {
			last.Lock()
			defer last.Unlock()
			i.Set(map[string]string{"n": strconv.FormatInt(n.Add(1), 10)})
		})
		if got, want := textOf(t, store), `{n="`+strconv.FormatInt(n.Load(), 10)+`"}`; got != want {
			t.Errorf("the store has %s, want %s", got, want)
		}
	})
}

func TestStateSetInAStore(t *testing.T) {
	t.Parallel()
	store := celltest.New(celltest.Native())
	v, err := NewRegistry(nil).NewStateSetVec(StateSetOpts{Name: "s", States: []string{"off", "on", "hot"}})
	if err != nil {
		t.Fatal(err)
	}
	s := v.With()
	s.Set("on")
	v.openAll(store)
	word := onlySeries(t, store).Place.Words[0]
	check := func(want uint64) {
		t.Helper()
		if got := word.Load(); got != want {
			t.Errorf("the store has %b, want %b", got, want)
		}
	}
	check(0b010)
	s.SetState("hot", true)
	check(0b110)
	s.SetState("on", false)
	check(0b100)
	s.Set("off")
	check(0b001)
	v.detach(false)
	s.Set("hot")
	check(0b001)
	if !s.Holds("hot") || s.Holds("off") {
		t.Error("the wrong states hold")
	}
}

// TestMovingLosesNoState has each goroutine own a state, which is as it last left
// it, wherever the word is.
func TestMovingLosesNoState(t *testing.T) {
	repeatedly(t, func(t *testing.T) {
		store := celltest.New(celltest.Native())
		v, err := NewRegistry(nil).NewStateSetVec(StateSetOpts{Name: "s", States: []string{"a", "b", "c"}})
		if err != nil {
			t.Fatal(err)
		}
		s := v.With()
		var moved atomic.Bool
		var wg sync.WaitGroup
		for _, state := range []string{"b", "c"} {
			wg.Go(func() {
				for holds := true; !moved.Load(); holds = !holds {
					s.SetState(state, holds)
					if s.Holds(state) != holds {
						t.Errorf("state %s was lost", state)
						return
					}
					runtime.Gosched()
				}
				s.SetState(state, true)
			})
		}
		for range 3 {
			v.openAll(store)
			v.detach(false)
		}
		v.openAll(store)
		moved.Store(true)
		wg.Wait()
		if got := onlySeries(t, store).Place.Words[0].Load(); got != 0b111 {
			t.Errorf("the store has %b, want 111", got)
		}
	})
}

// TestStateDuringAMove sets a state between the two steps of a move.
func TestStateDuringAMove(t *testing.T) {
	t.Parallel()
	for name, set := range map[string]func(*StateSet){
		"Set":      func(s *StateSet) { s.Set("b") },
		"SetState": func(s *StateSet) { s.SetState("b", true); s.SetState("a", false) },
	} {
		v, err := NewRegistry(nil).NewStateSetVec(StateSetOpts{Name: "s", States: []string{"a", "b"}})
		if err != nil {
			t.Fatal(err)
		}
		s := v.With()
		s.hold()
		to := new(atomic.Uint64)
		to.Store(s.word.Load().Load())
		var setting sync.WaitGroup
		setting.Go(func() { set(s) })
		for range 1000 {
			runtime.Gosched()
		}
		s.word.Store(to)
		s.letGo()
		setting.Wait()
		if got := to.Load(); got != 0b10 {
			t.Errorf("%s: the states are %b, want 10", name, got)
		}
	}
}
