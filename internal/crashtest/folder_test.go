//go:build linux

package crashtest

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"time"

	"polymeter.dev/internal/damage"
	"polymeter.dev/internal/fold"
	"polymeter.dev/internal/mapped"
	"polymeter.dev/multiprocess"
)

// grace is how old the sealed files of Python's format have to be. It is shorter
// than what users have, which is longer than most processes live here, and long
// enough for a call of open under way.
const grace = 300 * time.Millisecond

// foldForever is the life of a folder process.
func foldForever(dir string, l *ledger, number int, seed uint64) error {
	random := rand.New(rand.NewPCG(seed, 1))
	known, err := l.read()
	if err != nil {
		return err
	}
	sum := known.folding(number)
	fmt.Println(ready)
	for {
		once := foldShortly
		if random.IntN(4) == 0 {
			once = compact
		}
		f, err := once(dir)
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
	if r.Untrusted {
		problems = append(problems, errors.New("nothing is folded here"))
	}
	return foldingOf(r.Busy, r.Native, r.Python, r.Sealed), errors.Join(problems...)
}

// foldShortly folds without much patience for files of Python's format.
func foldShortly(dir string) (folding, error) { return foldAfter(dir, grace) }

func foldAfter(dir string, grace time.Duration) (folding, error) {
	log := &silence{}
	r, err := fold.Run(context.Background(), dir, &fold.Options{Grace: grace, Logger: slog.New(log)})
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
