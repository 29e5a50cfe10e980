package mappedtest_test

import (
	"errors"
	"testing"

	"polymeter.dev/internal/mapped"
	"polymeter.dev/internal/mapped/mappedtest"
)

// count makes a file with one word behind another, counts them up with stores,
// and closes it.
func count(kernel mapped.Kernel, path string) error {
	dir, err := mapped.OpenDirectory(kernel, path)
	if err != nil {
		return err
	}
	f, err := dir.Create("f", kernel.PageSize(), 0o600, func(f *mapped.File) error {
		return f.WriteAt([]byte("12345678"), 0)
	})
	if err != nil {
		return err
	}
	for n := range uint64(3) {
		kernel.Store(f.Word(8), n+1)
	}
	return errors.Join(f.Close(), dir.Close())
}

// TestCrashAt looks at what is left by a process that dies at each of its calls.
func TestCrashAt(t *testing.T) {
	eachKernel(t, func(t *testing.T, k kernel) {
		var stored uint64
		for at := 1; ; at++ {
			for _, name := range k.names(t) {
				done(t, k.Unlink(k.dir, name))
			}
			c := mappedtest.CrashAt(k.Kernel, at)
			err := count(c, k.path)
			if !c.Crashed() {
				if err != nil || c.Calls() != at-1 || stored != 3 {
					t.Errorf("ended with %v after %d calls, with %d stores seen", err, c.Calls(), stored)
				}
				return
			}
			wants(t, "its error", err, mappedtest.ErrCrashed)
			names := k.names(t)
			if len(names) > 1 {
				t.Fatalf("%q are left", names)
			}
			if len(names) == 1 && names[0] == "f" {
				stored = k.inspect(t, c, stored)
			}
			c.Bury()
		}
	})
}

// inspect looks at the file of a dead process, and at its lock before and after
// the burial. It returns how many stores there were.
func (k kernel) inspect(t *testing.T, c *mappedtest.Crash, before uint64) uint64 {
	t.Helper()
	folder, err := mapped.OpenFolder(k, k.path)
	done(t, err)
	defer folder.Close()
	view, err := folder.Open("f")
	done(t, err)
	defer view.Close()
	got := view.Word(8)
	if string(view.Bytes()[:8]) != "12345678" || got != before && got != before+1 {
		t.Errorf("the file has %q, %d after %d", view.Bytes()[:8], got, before)
	}
	if locked, err := view.Locked(); !locked || err != nil {
		t.Errorf("before the burial: Locked() = %v, %v", locked, err)
	}
	c.Bury()
	if locked, err := view.Locked(); locked || err != nil {
		t.Errorf("after the burial: Locked() = %v, %v", locked, err)
	}
	return got
}

func TestBuryTheLiving(t *testing.T) {
	eachKernel(t, func(t *testing.T, k kernel) {
		c := mappedtest.CrashAt(k.Kernel, 1000)
		dir, err := c.Directory(k.path)
		done(t, err)
		done(t, c.LockDirectory(dir))
		wants(t, "locked", k.LockDirectory(k.dir), mapped.ErrInUse)
		c.Bury()
		done(t, k.LockDirectory(k.dir))
		wants(t, "closed", c.Close(dir), mappedtest.ErrCrashed)
		_, err = c.Directory(k.path)
		wants(t, "opened", err, mappedtest.ErrCrashed)
	})
}

// TestCrashTearsWrites dies in the middle of a write.
func TestCrashTearsWrites(t *testing.T) {
	eachKernel(t, func(t *testing.T, k kernel) {
		c := mappedtest.CrashAt(k.Kernel, 2)
		fd, err := c.Create(k.dir, "f", 0o600)
		done(t, err)
		wants(t, "the write", c.WriteAt(fd, []byte("12345678"), 0), mappedtest.ErrCrashed)
		wants(t, "the next", c.WriteAt(fd, []byte("12345678"), 0), mappedtest.ErrCrashed)
		wants(t, "reserve", c.Reserve(fd, 0, 8), mappedtest.ErrCrashed)
		if st, err := k.Lookup(k.dir, "f"); st.Size != 4 || err != nil {
			t.Errorf("%d bytes are written, %v", st.Size, err)
		}
		c.Bury()
	})
}
