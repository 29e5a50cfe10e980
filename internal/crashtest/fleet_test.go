//go:build linux

package crashtest

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// plan is how much is to happen.
type plan struct {
	seed uint64
	// writers and folders are how many of each are killed, unless the time is
	// over before.
	writers, folders int64
	time             time.Duration
}

// fleet are the processes of a run, and how many of them ended in which way.
type fleet struct {
	plan
	dir, book string // the ledger's path
	ctx       context.Context
	fail      context.CancelCauseFunc

	writersKilled, writersLeft, writersClosed, foldersKilled atomic.Int64

	ended atomic.Bool
}

// enough reports whether all has happened that was planned.
func (f *fleet) enough() bool {
	if f.writersKilled.Load() >= f.writers && f.foldersKilled.Load() >= f.folders {
		return true
	}
	return f.ended.Load() || f.ctx.Err() != nil
}

// run keeps writers and folders going until enough of them were killed. Nobody
// is left when it returns.
func (f *fleet) run() {
	timer := time.AfterFunc(f.time, func() { f.ended.Store(true) })
	defer timer.Stop()
	var all sync.WaitGroup
	for i := range lanes {
		all.Go(func() { f.keep(uint64(i), func(r *rand.Rand, n int) error { return f.writer(r, i, n) }) })
	}
	for i := range folders {
		all.Go(func() { f.keep(uint64(100+i), func(r *rand.Rand, _ int) error { return f.folder(r, i) }) })
	}
	all.Wait()
}

// keep starts one process after the other. What each of them does follows from
// the seed and its number.
func (f *fleet) keep(stream uint64, next func(random *rand.Rand, number int) error) {
	random := rand.New(rand.NewPCG(f.seed, stream))
	for n := 1; !f.enough(); n++ {
		if err := next(random, n); err != nil {
			f.fail(err)
			return
		}
	}
}

// A fate is how and when somebody kills a process.
type fate struct {
	// early counts the time from the start of the process, not from when it is
	// at work.
	early bool
	after time.Duration
	// stopped is for how long the process stands still before.
	stopped time.Duration
	// zombie is for how long nobody takes note of its end.
	zombie time.Duration
}

// chooseFate prefers short times, in which series are still being made and files
// are still there to be folded.
func chooseFate(random *rand.Rand, longest time.Duration) fate {
	f := fate{early: random.IntN(5) == 0, after: moment(random, longest)}
	if random.IntN(8) == 0 {
		f.after = moment(random, longLife)
	}
	if random.IntN(8) == 0 {
		f.stopped = moment(random, 64*time.Millisecond)
	}
	if random.IntN(4) == 0 {
		f.zombie = moment(random, 32*time.Millisecond)
	}
	return f
}

// How long processes live at most. Some writers must outlive the grace that files
// of Python's format have, or nobody would notice if the living were folded.
const (
	writerTime = 128 * time.Millisecond
	folderTime = 512 * time.Millisecond
	longLife   = 4 * grace
)

// moment chooses a time up to the longest, with the same chance for each order
// of magnitude.
func moment(random *rand.Rand, longest time.Duration) time.Duration {
	return time.Duration(float64(longest) * math.Exp2(-10*random.Float64()))
}

func (f *fleet) writer(random *rand.Rand, number, count int) error {
	o := life{
		Lane: number, Seed: random.Uint64(), Ending: killed, Interval: moment(random, 100*time.Millisecond),
		Identifier: fmt.Sprintf("lane-%d", number),
		Lasts:      moment(random, writerTime),
		Updates:    1 + random.IntN(20_000),
		Pages:      random.IntN(4) == 0, NoCompact: random.IntN(4) > 0,
	}
	if !lanes[number].returning {
		o.Identifier = fmt.Sprintf("lane-%d-life-%d", number, count)
	}
	switch random.IntN(12) {
	case 0:
		o.Ending = closing
	case 1:
		o.Ending = leaving
	}
	fate := chooseFate(random, writerTime)
	c, err := start(&task{Role: roleWriter, Dir: f.dir, Ledger: f.book, Writer: o})
	if err != nil {
		return err
	}
	switch o.Ending {
	case closing:
		f.writersClosed.Add(1)
		return f.letGo(c)
	case leaving:
		f.writersLeft.Add(1)
		return f.letGo(c)
	}
	return f.kill(c, fate, &f.writersKilled)
}

// mostChanges is how many changes of the directory a folder may make before it
// runs into its trap: some passes' worth.
const mostChanges = 40

func (f *fleet) folder(random *rand.Rand, number int) error {
	t := &task{Role: roleFolder, Dir: f.dir, Ledger: f.book, Number: number, Seed: random.Uint64()}
	fate := chooseFate(random, folderTime)
	if random.IntN(3) > 0 {
		t.Trap = trap{1 + random.IntN(mostChanges), moment(random, 64*time.Millisecond)}
	}
	c, err := start(t)
	if err != nil {
		return err
	}
	if t.Trap.Call > 0 {
		return f.await(c)
	}
	return f.kill(c, fate, &f.foldersKilled)
}

// await waits until a folder has run into its trap, or kills it when that takes
// too long.
func (f *fleet) await(c *child) error {
	timer := time.AfterFunc(folderTime, func() { _ = c.signal(syscall.SIGKILL) })
	defer timer.Stop()
	_, err := c.wait(true)
	f.foldersKilled.Add(1)
	return err
}

// kill does to a process what its fate is.
func (f *fleet) kill(c *child, fate fate, killed *atomic.Int64) error {
	if !fate.early && !c.ready() {
		_, err := c.wait(false)
		return errors.Join(errEndedItself, err)
	}
	f.sleep(fate.after)
	if fate.stopped > 0 {
		if err := c.signal(syscall.SIGSTOP); err != nil {
			return err
		}
		f.sleep(fate.stopped)
	}
	if err := c.signal(syscall.SIGKILL); err != nil {
		return err
	}
	f.sleep(fate.zombie)
	killed.Add(1)
	_, err := c.wait(true)
	return err
}

var errEndedItself = errors.New("crashtest: a process ended that should not")

// letGo waits for a process that ends by itself.
func (f *fleet) letGo(c *child) error {
	stop := context.AfterFunc(f.ctx, func() { _ = c.signal(syscall.SIGKILL) })
	defer stop()
	_, err := c.wait(false)
	if f.ctx.Err() != nil {
		return context.Cause(f.ctx)
	}
	return err
}

// sleep lets a time pass, unless the run has failed.
func (f *fleet) sleep(d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-f.ctx.Done():
	}
}
