package mappedtest

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"

	"polymeter.dev/internal/mapped"
)

// ErrCrashed is the error of every call of a process that is no more.
var ErrCrashed = errors.New("the process has crashed")

// errDead is that of the calls after the one it crashed in.
var errDead = fmt.Errorf("%w before", ErrCrashed)

// Crash is the kernel as seen by one process that dies. From then on its calls
// fail and its stores change nothing, while its descriptors stay open, as if its
// last moment went on: until [Crash.Bury].
type Crash struct {
	*Faults
	possessions *possessions
	dead        atomic.Bool
}

// CrashAt returns a kernel whose process dies in call number k, counted from
// one; calls of Store count as well. A call that writes gets half done. Words
// are harmless memory from then on if the kernel can cover them; see [Memory].
func CrashAt(kernel mapped.Kernel, k int) *Crash {
	c := &Crash{possessions: &possessions{Kernel: kernel, open: make(map[int]bool)}}
	c.Faults = &Faults{Kernel: c.possessions, Fail: func(_ string, n int) error { return c.step(n, k) }}
	return c
}

func (c *Crash) step(n, k int) error {
	switch {
	case c.dead.Load() || n > k:
		return errDead
	case n == k:
		c.die()
		return ErrCrashed
	}
	return nil
}

// Crashed reports whether the process has died.
func (c *Crash) Crashed() bool { return c.dead.Load() }

// Store implements [mapped.Kernel].
func (c *Crash) Store(word *atomic.Uint64, v uint64) {
	if c.Faults.step("store") == nil {
		c.Kernel.Store(word, v)
	}
}

// Close implements [mapped.Kernel]. It does not count: dying in it is no
// different from dying in the next call.
func (c *Crash) Close(fd int) error {
	if c.dead.Load() {
		return errDead
	}
	return c.Kernel.Close(fd)
}

func (c *Crash) die() {
	if !c.dead.Swap(true) {
		c.possessions.cover()
	}
}

// Bury kills the process, if it is not dead, and closes what it had open: its
// locks and leases are gone. What it has mapped stays readable.
func (c *Crash) Bury() {
	c.die()
	c.possessions.close()
}

// possessions is a kernel that notes what is open and mapped.
type possessions struct {
	mapped.Kernel
	mu    sync.Mutex
	open  map[int]bool
	words [][]atomic.Uint64
}

func (p *possessions) note(fd int, err error) (int, error) {
	if err == nil {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.open[fd] = true
	}
	return fd, err
}

func (p *possessions) Directory(path string) (int, error) {
	return p.note(p.Kernel.Directory(path))
}

func (p *possessions) Create(dir int, name string, mode uint32) (int, error) {
	return p.note(p.Kernel.Create(dir, name, mode))
}

func (p *possessions) Open(dir int, name string) (int, error) {
	return p.note(p.Kernel.Open(dir, name))
}

func (p *possessions) OpenRead(dir int, name string) (int, error) {
	return p.note(p.Kernel.OpenRead(dir, name))
}

func (p *possessions) Map(fd int, offset, length int64) ([]atomic.Uint64, error) {
	words, err := p.Kernel.Map(fd, offset, length)
	if err == nil {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.words = append(p.words, words)
	}
	return words, err
}

func (p *possessions) Close(fd int) error {
	p.mu.Lock()
	defer p.mu.Unlock() // for so long: another open may get the same number
	delete(p.open, fd)
	return p.Kernel.Close(fd)
}

func (p *possessions) cover() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, words := range p.words {
		_ = p.Kernel.Cover(words)
	}
}

// close gives back leases one by one: mapped files would keep them.
func (p *possessions) close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for fd := range p.open {
		_ = p.Kernel.Release(fd)
		_ = p.Kernel.Close(fd)
	}
	clear(p.open)
}
