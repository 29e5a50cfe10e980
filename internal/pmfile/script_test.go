package pmfile_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"polymeter.dev/internal/damage"
	"polymeter.dev/internal/mapped"
	"polymeter.dev/internal/mapped/mappedtest"
	"polymeter.dev/internal/pmfile"
	"polymeter.dev/metric"
)

// A script is what a program does with a writer, step by step: growth, deletion
// and every kind of reuse among them. A step that fails can be tried again.
type script struct {
	clock  clock
	w      *pmfile.Writer
	family int64
	cells  map[string]pmfile.SeriesCells
	chunks map[string]int32
}

type step func(s *script) error

func steps() []step {
	long := strings.Repeat("x", 6000)
	steps := []step{first("a"), count("a", 1), add("b"), count("b", 2), chunk("b"), count("b", 2), exemplar("b")}
	for i := range 5 { // over several mappings, with some room left in each
		steps = append(steps, add(long+fmt.Sprint(i)), count(long+fmt.Sprint(i), 3))
	}
	return append(steps,
		add("c"), count("c", 4), remove("b"), remove("c"), remove(long+"2"), wait,
		add("d"), count("d", 5), chunk("d"), count("d", 5), exemplar("d"), reset("d"),
		add("dd"), remove("a"), replace("dd", "e"), count("e", 6), chunk("e"), wait,
		add("f"), remove("d"), add("g"), wait, replace("e", "h"), chunk("h"), count("h", 7), add(long+"9"),
	)
}

func first(name string) step {
	return func(s *script) error {
		family, cells, err := s.w.AddFirst(requests, []string{name, ""}, nil, 5)
		if err == nil {
			s.family, s.cells[name] = family, cells
		}
		return err
	}
}

func add(name string) step {
	return func(s *script) error {
		cells, err := s.w.AddSeries(s.family, []string{name, ""}, nil, 5)
		if err == nil {
			s.cells[name] = cells
		}
		return err
	}
}

func replace(name, by string) step {
	return func(s *script) error {
		cells, err := s.w.Replace(s.cells[name].Offset, 1000, s.family, []string{by, ""}, nil, 6)
		if err == nil {
			s.cells[by] = cells
		}
		return err
	}
}

// count gives a series values: such that none of them is the time of a deletion
// that a reader might take for another state.
func count(name string, v uint64) step {
	return func(s *script) error {
		for i := range s.cells[name].Words[2:] {
			s.cells[name].Words[2+i].Store(v << 32)
		}
		return nil
	}
}

func chunk(name string) step {
	return func(s *script) error {
		cells, err := s.w.AddChunk(s.cells[name].Offset, 0, s.chunks[name], false)
		if err != nil {
			return err
		}
		s.chunks[name]++
		for i := range cells {
			cells[i].Store(uint64(len(name)))
		}
		return nil
	}
}

func exemplar(name string) step {
	return func(s *script) error {
		cells, err := s.w.AddExemplar(s.cells[name].Offset, 0, 24)
		if err == nil {
			cells.Store(&metric.Exemplar{Value: float64(len(name))})
		}
		return err
	}
}

func remove(name string) step {
	return func(s *script) error {
		s.w.Delete(s.cells[name].Offset, 1000)
		return nil
	}
}

func reset(name string) step {
	return func(s *script) error {
		s.w.Reset(s.cells[name].Offset, 2000)
		return nil
	}
}

func wait(s *script) error {
	s.clock.pass(2 * time.Minute)
	return nil
}

// start begins the script over.
func (s *script) start(kernel mapped.Kernel) error {
	dir, err := mapped.OpenDirectory(kernel, "/m")
	if err != nil {
		return err
	}
	defer dir.Close()
	*s = script{cells: map[string]pmfile.SeriesCells{}, chunks: map[string]int32{}}
	s.w, err = pmfile.Create(dir, &header, 0o600, s.clock.options())
	return err
}

// meaning is what a file says about each series that counts.
func meaning(data []byte) (map[string]string, *damage.Error) {
	says := map[string]string{}
	names := map[int]string{}
	f, damaged := decode(data, word(data, pmfile.ChangesAt)%2 != 0)
	for _, e := range f.Entries {
		switch what := e.What.(type) {
		case pmfile.Series:
			if e.Cells[0] <= pmfile.StateReset {
				names[e.Offset] = what.Values[0]
				says[what.Values[0]] += fmt.Sprint("series ", e.Cells[1:4])
			}
		case pmfile.Chunk:
			says[names[what.Series]] += fmt.Sprint(" chunk ", what.Number, e.Cells[:16])
		case pmfile.ExemplarRecord:
			says[names[what.Series]] += fmt.Sprint(" exemplar ", e.Exemplar)
		}
	}
	delete(says, "") // parts of those that count no more
	return says, damaged
}

func (s *script) meaning(t *testing.T, memory *mappedtest.Memory) map[string]string {
	t.Helper()
	data, err := memory.ReadFile("/m/" + pmfile.FileName(header.Role, header.ID))
	check(t, err)
	says, damaged := meaning(data)
	if damaged != nil {
		t.Fatal(damaged)
	}
	return says
}

// rehearse runs the script and returns what the file says before each step and
// in the end, how many bytes are published then, and how many calls of the
// kernel that took.
func rehearse(t *testing.T) (says []map[string]string, used int64, calls int) {
	t.Helper()
	memory := mappedtest.NewMemory("/m")
	faults := mappedtest.FailAt(memory, -1, nil)
	var s script
	check(t, s.start(faults))
	for i, step := range steps() {
		says = append(says, s.meaning(t, memory))
		if err := step(&s); err != nil {
			t.Fatalf("step %d: %v", i, err)
		}
	}
	return append(says, s.meaning(t, memory)), s.w.Used(), faults.Calls()
}

var errFault = errors.New("fault")

// TestEveryFault lets every call of the kernel fail once. Whatever fails leaves
// the file as it was, and the next try does it.
func TestEveryFault(t *testing.T) {
	t.Parallel()
	says, used, calls := rehearse(t)
	if calls < 30 {
		t.Errorf("the script makes only %d calls", calls)
	}
	for k := 1; k <= calls; k++ {
		memory := mappedtest.NewMemory("/m")
		var s script
		kernel := mappedtest.FailAt(memory, k, errFault)
		if s.start(kernel) != nil {
			if err := s.start(kernel); err != nil {
				t.Fatalf("call %d: started again: %v", k, err)
			}
		}
		for i, step := range steps() {
			if step(&s) == nil {
				continue
			}
			same(t, says[i], s.meaning(t, memory))
			if err := step(&s); err != nil {
				t.Fatalf("call %d: step %d again: %v", k, i, err)
			}
		}
		same(t, says[len(says)-1], s.meaning(t, memory))
		if s.w.Used() != used {
			t.Errorf("%d bytes are published, want %d: room was lost", s.w.Used(), used)
		}
		if t.Failed() {
			t.Fatalf("call %d", k)
		}
	}
}

// TestEveryCrash lets the process die in every call of the kernel, stores
// included. The file then says of each series what it said before the step, or
// what it would have said after it.
func TestEveryCrash(t *testing.T) {
	t.Parallel()
	says, _, _ := rehearse(t)
	for k := 1; ; k++ {
		memory := mappedtest.NewMemory("/m")
		var s script
		kernel := mappedtest.CrashAt(memory, k)
		if s.start(kernel) != nil {
			continue // the file has no name, or is empty
		}
		done := 0
		for _, step := range steps() {
			_ = step(&s)
			if kernel.Crashed() {
				break
			}
			done++
		}
		if !kernel.Crashed() {
			if k < 150 {
				t.Errorf("the script makes only %d calls and stores", k)
			}
			return
		}
		got := s.meaning(t, memory)
		for name, text := range got {
			if text != says[done][name] && text != says[done+1][name] {
				t.Errorf("%.9q is %s,\nneither %s\nnor %s", name, text, says[done][name], says[done+1][name])
			}
		}
		for name := range says[done] {
			if _, stays := says[done+1][name]; stays && got[name] == "" {
				t.Errorf("%.9q is not there", name)
			}
		}
		if t.Failed() {
			t.Fatalf("a crash in call %d, step %d of %d", k, done, len(says))
		}
	}
}
