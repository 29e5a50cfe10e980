//go:build linux

package crashtest

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"syscall"
	"time"

	"polymeter.dev/internal/damage"
	"polymeter.dev/internal/fold"
	"polymeter.dev/internal/mapped"
	"polymeter.dev/internal/mapped/mappedtest"
	"polymeter.dev/multiprocess"
)

// grace is how old the sealed files of Python's format have to be. It is shorter
// than what users have, which is longer than most processes live here, and long
// enough for a call of open under way.
const grace = 300 * time.Millisecond

// trap is where a folder ends itself, after standing still there for a time:
// right before one of the calls that change the directory, counted from one. Few
// of those that are killed from outside are just there.
type trap struct {
	Call  int
	Halts time.Duration
}

// kernel is the system with a trap in it.
func (t trap) kernel() mapped.Kernel {
	changes := 0
	return &mappedtest.Faults{Kernel: mapped.System(), Fail: func(call string, _ int) error {
		switch call {
		case "create", "write", "rename", "publish", "link", "unlink", "release":
			changes++
		default:
			return nil
		}
		if changes != t.Call {
			return nil
		}
		time.Sleep(t.Halts)
		_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
		select {} // until it gets here
	}}
}

// foldForever is the life of a folder process.
func foldForever(dir string, l *ledger, number int, seed uint64, t trap) error {
	random := rand.New(rand.NewPCG(seed, 1))
	known, err := l.read()
	if err != nil {
		return err
	}
	sum, kernel := known.folding(number), t.kernel()
	fmt.Println(ready)
	for {
		var f folding
		if random.IntN(4) == 0 {
			f, err = compact(dir)
		} else {
			f, err = foldAfter(dir, kernel, grace)
		}
		if err != nil {
			return err
		}
		sum.add(f)
		l.fold(number, sum)
	}
}

func (f *folding) add(other folding) {
	f.passes += other.passes
	f.native += other.native
	f.python += other.python
	f.sealed += other.sealed
}

// compact folds as users do.
func compact(dir string) (folding, error) {
	log := &silence{}
	r, err := multiprocess.Compact(context.Background(), dir, &multiprocess.CompactOptions{Logger: slog.New(log)})
	problems := []error{log.broken(), unlessInUse(err)}
	for _, p := range r.Skipped {
		problems = append(problems, unlessHarmless(p.Err))
	}
	for _, aside := range r.SetAside {
		problems = append(problems, aside.Err)
	}
	return foldingOf(r.Busy, r.Native, r.Python, r.Sealed), errors.Join(problems...)
}

// foldAfter folds without much patience for files of Python's format.
func foldAfter(dir string, kernel mapped.Kernel, grace time.Duration) (folding, error) {
	log := &silence{}
	r, err := fold.Run(context.Background(), dir, &fold.Options{Kernel: kernel, Grace: grace, Logger: slog.New(log)})
	problems := []error{log.broken(), unlessInUse(err)}
	for _, p := range r.Skipped {
		problems = append(problems, unlessHarmless(p.Err))
	}
	return foldingOf(r.Busy, r.Native, r.Python, r.Sealed), errors.Join(problems...)
}

func foldingOf(busy bool, native, python, sealed int) folding {
	if busy {
		return folding{}
	}
	return folding{1, float64(native), float64(python), float64(sealed)}
}

// unlessInUse forgives that a writer has come back while its file was to be
// folded.
func unlessInUse(err error) error {
	if errors.Is(err, mapped.ErrInUse) {
		return nil
	}
	return err
}

// unlessHarmless tells damage, of which there must not be any, from what may
// happen when files come and go.
func unlessHarmless(err error) error {
	var damaged *damage.Error
	if errors.As(err, &damaged) {
		return damaged
	}
	return nil
}
