package mappedtest

import (
	"errors"
	"sync/atomic"

	"polymeter.dev/internal/mapped"
)

// Faults is a kernel that passes calls on to another and lets some fail, but for
// those that cannot: Close, Unmap and Store. It may be used concurrently once set
// up.
type Faults struct {
	mapped.Kernel
	// Fail is asked before each call, with its name and its number counted
	// from one; an error it returns is the result of the call.
	Fail func(call string, n int) error

	calls atomic.Int64
}

// FailAt returns a kernel whose call number k, counted from one, fails. Closing
// never fails, so that tests do not run out of descriptors.
func FailAt(kernel mapped.Kernel, k int, err error) *Faults {
	return &Faults{Kernel: kernel, Fail: func(_ string, n int) error {
		if n == k {
			return err
		}
		return nil
	}}
}

// Calls returns how many calls were made.
func (f *Faults) Calls() int { return int(f.calls.Load()) }

func (f *Faults) step(call string) error {
	n := f.calls.Add(1)
	if f.Fail == nil {
		return nil
	}
	return f.Fail(call, int(n))
}

func either[T any](err error, call func() (T, error)) (T, error) {
	if err != nil {
		var zero T
		return zero, err
	}
	return call()
}

// Directory implements [mapped.Kernel], as do the methods below.
func (f *Faults) Directory(path string) (int, error) {
	return either(f.step("directory"), func() (int, error) { return f.Kernel.Directory(path) })
}

// Create implements [mapped.Kernel].
func (f *Faults) Create(dir int, name string, mode uint32) (int, error) {
	return either(f.step("create"), func() (int, error) { return f.Kernel.Create(dir, name, mode) })
}

// Open implements [mapped.Kernel].
func (f *Faults) Open(dir int, name string) (int, error) {
	return either(f.step("open"), func() (int, error) { return f.Kernel.Open(dir, name) })
}

// OpenRead implements [mapped.Kernel].
func (f *Faults) OpenRead(dir int, name string) (int, error) {
	return either(f.step("openread"), func() (int, error) { return f.Kernel.OpenRead(dir, name) })
}

// Names implements [mapped.Kernel].
func (f *Faults) Names(dir int) ([]string, error) {
	return either(f.step("names"), func() ([]string, error) { return f.Kernel.Names(dir) })
}

// Unused implements [mapped.Kernel].
func (f *Faults) Unused(dir int, name string) error {
	if err := f.step("unused"); err != nil {
		return err
	}
	return f.Kernel.Unused(dir, name)
}

// Lock implements [mapped.Kernel].
func (f *Faults) Lock(fd int) error {
	if err := f.step("lock"); err != nil {
		return err
	}
	return f.Kernel.Lock(fd)
}

// Stat implements [mapped.Kernel].
func (f *Faults) Stat(fd int) (mapped.Status, error) {
	return either(f.step("stat"), func() (mapped.Status, error) { return f.Kernel.Stat(fd) })
}

// Lookup implements [mapped.Kernel].
func (f *Faults) Lookup(dir int, name string) (mapped.Status, error) {
	return either(f.step("lookup"), func() (mapped.Status, error) { return f.Kernel.Lookup(dir, name) })
}

// Prepare implements [mapped.Kernel].
func (f *Faults) Prepare(fd int) error {
	if err := f.step("prepare"); err != nil {
		return err
	}
	return f.Kernel.Prepare(fd)
}

// Reserve implements [mapped.Kernel]. When it fails it has enlarged the file
// nevertheless, as some file systems do.
func (f *Faults) Reserve(fd int, offset, length int64) error {
	if err := f.step("reserve"); errors.Is(err, errDead) {
		return err
	} else if err != nil {
		if st, _ := f.Kernel.Stat(fd); st.Size < offset+length/2 {
			_ = f.Kernel.Truncate(fd, offset+length/2)
		}
		return err
	}
	return f.Kernel.Reserve(fd, offset, length)
}

// Chmod implements [mapped.Kernel].
func (f *Faults) Chmod(fd int, mode uint32) error {
	if err := f.step("chmod"); err != nil {
		return err
	}
	return f.Kernel.Chmod(fd, mode)
}

// Chgrp implements [mapped.Kernel].
func (f *Faults) Chgrp(fd int, group uint32) error {
	if err := f.step("chgrp"); err != nil {
		return err
	}
	return f.Kernel.Chgrp(fd, group)
}

// Truncate implements [mapped.Kernel].
func (f *Faults) Truncate(fd int, size int64) error {
	if err := f.step("truncate"); err != nil {
		return err
	}
	return f.Kernel.Truncate(fd, size)
}

// ReadAt implements [mapped.Kernel].
func (f *Faults) ReadAt(fd int, p []byte, offset int64) error {
	if err := f.step("read"); err != nil {
		return err
	}
	return f.Kernel.ReadAt(fd, p, offset)
}

// WriteAt implements [mapped.Kernel]. When it fails it has written half.
func (f *Faults) WriteAt(fd int, p []byte, offset int64) error {
	if err := f.step("write"); errors.Is(err, errDead) {
		return err
	} else if err != nil {
		_ = f.Kernel.WriteAt(fd, p[:len(p)/2], offset)
		return err
	}
	return f.Kernel.WriteAt(fd, p, offset)
}

// Map implements [mapped.Kernel].
func (f *Faults) Map(fd int, offset, length int64) ([]atomic.Uint64, error) {
	return either(f.step("map"), func() ([]atomic.Uint64, error) { return f.Kernel.Map(fd, offset, length) })
}

// Cover implements [mapped.Kernel].
func (f *Faults) Cover(words []atomic.Uint64) error {
	if err := f.step("cover"); err != nil {
		return err
	}
	return f.Kernel.Cover(words)
}

// Publish implements [mapped.Kernel].
func (f *Faults) Publish(dir int, from, to string) error {
	if err := f.step("publish"); err != nil {
		return err
	}
	return f.Kernel.Publish(dir, from, to)
}

// Unlink implements [mapped.Kernel].
func (f *Faults) Unlink(dir int, name string) error {
	if err := f.step("unlink"); err != nil {
		return err
	}
	return f.Kernel.Unlink(dir, name)
}

// Rename implements [mapped.Kernel].
func (f *Faults) Rename(dir int, from, to string) error {
	if err := f.step("rename"); err != nil {
		return err
	}
	return f.Kernel.Rename(dir, from, to)
}

// Link implements [mapped.Kernel].
func (f *Faults) Link(dir, fd int, name string) error {
	if err := f.step("link"); err != nil {
		return err
	}
	return f.Kernel.Link(dir, fd, name)
}

// MapRead implements [mapped.Kernel].
func (f *Faults) MapRead(fd int, length int64) ([]byte, error) {
	return either(f.step("mapread"), func() ([]byte, error) { return f.Kernel.MapRead(fd, length) })
}

// Free implements [mapped.Kernel].
func (f *Faults) Free(fd int) (int64, error) {
	return either(f.step("free"), func() (int64, error) { return f.Kernel.Free(fd) })
}

// Trusted implements [mapped.Kernel].
func (f *Faults) Trusted(fd int) (bool, error) {
	return either(f.step("trusted"), func() (bool, error) { return f.Kernel.Trusted(fd) })
}

// Locked implements [mapped.Kernel].
func (f *Faults) Locked(fd int) (bool, error) {
	return either(f.step("locked"), func() (bool, error) { return f.Kernel.Locked(fd) })
}

// LockDirectory implements [mapped.Kernel].
func (f *Faults) LockDirectory(dir int) error {
	if err := f.step("lockdirectory"); err != nil {
		return err
	}
	return f.Kernel.LockDirectory(dir)
}

// Lease implements [mapped.Kernel].
func (f *Faults) Lease(fd int) error {
	if err := f.step("lease"); err != nil {
		return err
	}
	return f.Kernel.Lease(fd)
}

// Leased implements [mapped.Kernel].
func (f *Faults) Leased(fd int) (bool, error) {
	return either(f.step("leased"), func() (bool, error) { return f.Kernel.Leased(fd) })
}

// Release implements [mapped.Kernel].
func (f *Faults) Release(fd int) error {
	if err := f.step("release"); err != nil {
		return err
	}
	return f.Kernel.Release(fd)
}
