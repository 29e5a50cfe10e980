//go:build !(linux || darwin || dragonfly || freebsd || netbsd || openbsd)

package mapped

import "sync/atomic"

// System returns a kernel that opens nothing: every call fails with
// [ErrNoSupport].
func System() Kernel { return system{} }

type system struct{}

func (system) Directory(string) (int, error)                  { return -1, ErrNoSupport }
func (system) Names(int) ([]string, error)                    { return nil, ErrNoSupport }
func (system) Create(int, string, uint32) (int, error)        { return -1, ErrNoSupport }
func (system) Open(int, string) (int, error)                  { return -1, ErrNoSupport }
func (system) OpenRead(int, string) (int, error)              { return -1, ErrNoSupport }
func (system) Close(int) error                                { return ErrNoSupport }
func (system) Stat(int) (Status, error)                       { return Status{}, ErrNoSupport }
func (system) Lookup(int, string) (Status, error)             { return Status{}, ErrNoSupport }
func (system) Free(int) (int64, error)                        { return 0, ErrNoSupport }
func (system) Trusted(int) (bool, error)                      { return false, ErrNoSupport }
func (system) Prepare(int) error                              { return ErrNoSupport }
func (system) Reserve(int, int64, int64) error                { return ErrNoSupport }
func (system) Chmod(int, uint32) error                        { return ErrNoSupport }
func (system) Chgrp(int, uint32) error                        { return ErrNoSupport }
func (system) Truncate(int, int64) error                      { return ErrNoSupport }
func (system) ReadAt(int, []byte, int64) error                { return ErrNoSupport }
func (system) WriteAt(int, []byte, int64) error               { return ErrNoSupport }
func (system) Map(int, int64, int64) ([]atomic.Uint64, error) { return nil, ErrNoSupport }
func (system) Cover([]atomic.Uint64) error                    { return ErrNoSupport }
func (system) Store(word *atomic.Uint64, v uint64)            { word.Store(v) }
func (system) MapRead(int, int64) ([]byte, error)             { return nil, ErrNoSupport }
func (system) Unmap([]byte) error                             { return ErrNoSupport }
func (system) Watched() bool                                  { return false }
func (system) Lock(int) error                                 { return ErrNoSupport }
func (system) Locked(int) (bool, error)                       { return false, ErrNoSupport }
func (system) LockDirectory(int) error                        { return ErrNoSupport }
func (system) Unused(int, string) error                       { return ErrNoSupport }
func (system) Lease(int) error                                { return ErrNoLease }
func (system) Leased(int) (bool, error)                       { return false, ErrNoLease }
func (system) Release(int) error                              { return ErrNoLease }
func (system) Publish(int, string, string) error              { return ErrNoSupport }
func (system) Rename(int, string, string) error               { return ErrNoSupport }
func (system) Link(int, int, string) error                    { return ErrNoSupport }
func (system) Unlink(int, string) error                       { return ErrNoSupport }
func (system) PageSize() int64                                { return 4096 }

func bootID() [16]byte { return [16]byte{} }
