package mappedtest_test

import (
	"errors"
	"io/fs"
	"math"
	"sync"
	"syscall"
	"testing"
	"time"

	"polymeter.dev/internal/mapped"
	"polymeter.dev/internal/mapped/mappedtest"
)

func TestMemorySpace(t *testing.T) {
	t.Parallel()
	m := mappedtest.NewMemory("/")
	dir, err := m.Directory("/")
	done(t, err)
	if free, err := m.Free(dir); free != math.MaxInt64 || err != nil {
		t.Errorf("Free() = %d, %v without a limit", free, err)
	}
	m.Limit(3 * 4096)
	fd, err := m.Create(dir, "f", 0o600)
	done(t, err)
	done(t, m.Reserve(fd, 0, 4097))
	done(t, m.Reserve(fd, 0, 8192))
	wants(t, "reserved too much", m.Reserve(fd, 8192, 8192), syscall.ENOSPC)
	wants(t, "a file too large", m.Reserve(fd, 0, 1<<20), syscall.EFBIG)
	done(t, m.Truncate(fd, 8192))
	if free, _ := m.Free(dir); free != 4096 || m.Used() != 8192 {
		t.Errorf("%d bytes free and %d in use", free, m.Used())
	}
	done(t, m.Unlink(dir, "f"))
	if m.Used() != 8192 {
		t.Errorf("%d bytes in use while the file is open", m.Used())
	}
	done(t, m.Close(fd))
	wants(t, "closed twice", m.Close(fd), fs.ErrClosed)
	if m.Used() != 0 {
		t.Errorf("%d bytes in use in the end", m.Used())
	}
	done(t, m.Close(dir))
	if descriptors, views := m.Held(); descriptors != 0 || views != 0 {
		t.Errorf("%d descriptors and %d views are held", descriptors, views)
	}
}

func TestMemorySettings(t *testing.T) {
	t.Parallel()
	m := &mappedtest.Memory{
		Room: 5000, Untrusted: true, NoLeases: true,
		Now: func() time.Time { return time.Unix(0, 42) },
	}
	m.MakeDirectory("/")
	done(t, m.WriteFile("/f", make([]byte, 8192)))
	dir, err := m.Directory("/")
	done(t, err)
	fd, err := m.OpenRead(dir, "f")
	done(t, err)
	if trusted, err := m.Trusted(fd); trusted || err != nil {
		t.Errorf("Trusted() = %v, %v", trusted, err)
	}
	wants(t, "lease", m.Lease(fd), mapped.ErrNoLease)
	wants(t, "unused", m.Unused(dir, "f"), mapped.ErrInUse)
	if st, err := m.Stat(fd); st.Changed != 42 || err != nil {
		t.Errorf("changed at %d, %v", st.Changed, err)
	}
	if err := m.WriteFile("/f", make([]byte, 8193)); !errors.Is(err, syscall.EFBIG) {
		t.Errorf("written more than there is room for: %v", err)
	}
}

// TestMemoryIsShared has a writer publish records that a reader reads with plain
// loads, for the race detector to judge.
func TestMemoryIsShared(t *testing.T) {
	t.Parallel()
	m := mappedtest.NewMemory("/d")
	dir, err := mapped.OpenDirectory(m, "/d")
	done(t, err)
	const records = 1000
	f, err := dir.Create("f", 16*(records+1), 0o600, func(*mapped.File) error { return nil })
	done(t, err)
	folder, err := mapped.OpenFolder(m, "/d")
	done(t, err)
	view, err := folder.Open("f")
	done(t, err)
	var both sync.WaitGroup
	both.Go(func() {
		for n := int64(1); n <= records; n++ {
			if err := f.WriteAt([]byte("contents"), 16*n); err != nil {
				t.Error(err)
			}
			f.Word(16*n + 8).Add(uint64(n))
			m.Store(f.Word(0), uint64(n))
		}
	})
	both.Go(func() {
		for n := 0; n < records; n = int(view.Word(0)) {
			if n > 0 && (string(view.Bytes()[16*n:][:8]) != "contents" || view.Word(16*n+8) != uint64(n)) {
				t.Errorf("record %d is %q", n, view.Bytes()[16*n:][:16])
				return
			}
		}
	})
	both.Wait()
	for _, err := range []error{view.Close(), folder.Close(), f.Close(), dir.Close()} {
		done(t, err)
	}
	if descriptors, views := m.Held(); descriptors != 0 || views != 0 {
		t.Errorf("%d descriptors and %d views are held", descriptors, views)
	}
}
