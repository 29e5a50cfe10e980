package mappedtest_test

import (
	"errors"
	"io/fs"
	"runtime"
	"slices"
	"testing"

	"polymeter.dev/internal/mapped"
	"polymeter.dev/internal/mapped/mappedtest"
)

// eachKernel runs a test with the kernel of the system and with that of memory,
// which have to agree.
func eachKernel(t *testing.T, test func(t *testing.T, k kernel)) {
	t.Helper()
	t.Parallel()
	t.Run("system", func(t *testing.T) {
		t.Parallel()
		path := t.TempDir()
		dir, err := mapped.System().Directory(path)
		if errors.Is(err, mapped.ErrNoSupport) {
			t.Skip(err)
		}
		test(t, kernel{mapped.System(), path, must(t, dir, err)})
	})
	t.Run("memory", func(t *testing.T) {
		t.Parallel()
		m := mappedtest.NewMemory("/here")
		dir, err := m.Directory("/here")
		test(t, kernel{m, "/here", must(t, dir, err)})
	})
}

// kernel is a kernel and a directory of it that is open.
type kernel struct {
	mapped.Kernel
	path string
	dir  int
}

func must[T any](t *testing.T, v T, err error) T {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func done(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func wants(t *testing.T, what string, got, want error) {
	t.Helper()
	if !errors.Is(got, want) {
		t.Errorf("%s: %v, want %v", what, got, want)
	}
}

func (k kernel) create(t *testing.T, name string) int {
	t.Helper()
	fd, err := k.Create(k.dir, name, 0o600)
	return must(t, fd, err)
}

func (k kernel) read(t *testing.T, name string) int {
	t.Helper()
	fd, err := k.OpenRead(k.dir, name)
	return must(t, fd, err)
}

func (k kernel) names(t *testing.T) []string {
	t.Helper()
	names, err := k.Names(k.dir)
	slices.Sort(names)
	return must(t, names, err)
}

func onLinux(t *testing.T, k kernel) {
	t.Helper()
	if _, memory := k.Kernel.(*mappedtest.Memory); !memory && runtime.GOOS != "linux" {
		t.Skip("the system cannot do this")
	}
}

func TestLockIsSeen(t *testing.T) {
	eachKernel(t, func(t *testing.T, k kernel) {
		writer := k.create(t, "f")
		reader := k.read(t, "f")
		locked := func(when string, fd int, want bool) {
			t.Helper()
			if got, err := k.Locked(fd); err != nil || got != want {
				t.Errorf("%s: Locked() = %v, %v", when, got, err)
			}
		}
		locked("before", reader, false)
		done(t, k.Lock(writer))
		locked("another opening", reader, true)
		if runtime.GOOS == "linux" {
			locked("the writer itself", writer, false)
		}
		other, err := k.Open(k.dir, "f")
		done(t, err)
		wants(t, "locked twice", k.Lock(other), mapped.ErrInUse)
		done(t, k.Close(other))
		locked("after another was closed", reader, true)
		done(t, k.Close(writer))
		locked("after the writer", reader, false)
		done(t, k.Close(reader))
	})
}

func TestLease(t *testing.T) {
	eachKernel(t, func(t *testing.T, k kernel) {
		onLinux(t, k)
		writer := k.create(t, "f")
		fd := k.read(t, "f")
		wants(t, "lease of what is written to", k.Lease(fd), mapped.ErrInUse)
		wants(t, "unused", k.Unused(k.dir, "f"), mapped.ErrInUse)
		done(t, k.Close(writer))
		done(t, k.Unused(k.dir, "f"))
		for range 2 {
			done(t, k.Lease(fd))
			if held, err := k.Leased(fd); !held || err != nil {
				t.Errorf("Leased() = %v, %v", held, err)
			}
		}
		_, err := k.Open(k.dir, "f")
		wants(t, "opened against a lease", err, mapped.ErrInUse)
		if held, err := k.Leased(fd); held || err != nil {
			t.Errorf("Leased() = %v, %v when somebody wants to write", held, err)
		}
		another := k.read(t, "f")
		wants(t, "lease when somebody wants to write", k.Lease(another), mapped.ErrInUse)
		done(t, k.Close(another))
		done(t, k.Release(fd))
		writer, err = k.Open(k.dir, "f")
		done(t, err)
		done(t, k.Close(writer))
		done(t, k.Lease(fd))
		done(t, k.Close(fd))
		writer, err = k.Open(k.dir, "f")
		done(t, err)
		done(t, k.Close(writer))
	})
}

func TestLockDirectory(t *testing.T) {
	eachKernel(t, func(t *testing.T, k kernel) {
		other, err := k.Directory(k.path)
		done(t, err)
		done(t, k.LockDirectory(k.dir))
		wants(t, "locked twice", k.LockDirectory(other), mapped.ErrInUse)
		done(t, k.Close(k.dir))
		done(t, k.LockDirectory(other))
		done(t, k.Close(other))
	})
}

func TestLink(t *testing.T) {
	eachKernel(t, func(t *testing.T, k kernel) {
		onLinux(t, k)
		fd := k.create(t, "a")
		done(t, k.Link(k.dir, fd, "b"))
		wants(t, "linked to a name that is taken", k.Link(k.dir, fd, "a"), fs.ErrExist)
		st, err := k.Stat(fd)
		done(t, err)
		found, err := k.Lookup(k.dir, "b")
		done(t, err)
		if found != st || st.Links != 2 || st.Changed == 0 || !st.Regular {
			t.Errorf("%+v, found as %+v", st, found)
		}
		done(t, k.Rename(k.dir, "a", "b")) // of one file: changes nothing
		if got := k.names(t); !slices.Equal(got, []string{"a", "b"}) {
			t.Errorf("names: %q", got)
		}
		done(t, k.Unlink(k.dir, "a"))
		done(t, k.Unlink(k.dir, "b"))
		wants(t, "unlinked again", k.Unlink(k.dir, "b"), fs.ErrNotExist)
		if st, err = k.Stat(fd); st.Links != 0 || err != nil {
			t.Errorf("%d links after unlinking both, %v", st.Links, err)
		}
		if k.Link(k.dir, fd, "c") == nil {
			t.Error("linked a file that has no name")
		}
		done(t, k.Close(fd))
	})
}

func TestRename(t *testing.T) {
	eachKernel(t, func(t *testing.T, k kernel) {
		a, b := k.create(t, "a"), k.create(t, "b")
		wants(t, "published over another", k.Publish(k.dir, "a", "b"), fs.ErrExist)
		done(t, k.Rename(k.dir, "a", "b"))
		wants(t, "renamed again", k.Rename(k.dir, "a", "b"), fs.ErrNotExist)
		wants(t, "published again", k.Publish(k.dir, "a", "b"), fs.ErrNotExist)
		st, err := k.Stat(a)
		done(t, err)
		found, err := k.Lookup(k.dir, "b")
		if done(t, err); !found.SameFile(st) {
			t.Error("the name is not that of the renamed file")
		}
		if st, err = k.Stat(b); st.Links != 0 || err != nil {
			t.Errorf("the replaced file has %d links, %v", st.Links, err)
		}
		done(t, k.Publish(k.dir, "b", "c"))
		if got := k.names(t); !slices.Equal(got, []string{"c"}) {
			t.Errorf("names: %q", got)
		}
		if _, err := k.Create(k.dir, "c", 0o600); !errors.Is(err, fs.ErrExist) {
			t.Errorf("created over another: %v", err)
		}
		_, err = k.OpenRead(k.dir, "b")
		wants(t, "opened the old name", err, fs.ErrNotExist)
	})
}

func TestMappingsShareMemory(t *testing.T) {
	eachKernel(t, func(t *testing.T, k kernel) {
		fd, page := k.create(t, "f"), k.PageSize()
		done(t, k.Prepare(fd))
		done(t, k.Reserve(fd, 0, 2*page))
		words, err := k.Map(fd, page, page)
		done(t, err)
		reader := k.read(t, "f")
		data, err := k.MapRead(reader, 2*page)
		done(t, err)
		k.Store(&words[1], 0x0202020202020202)
		done(t, k.WriteAt(fd, []byte("abc"), page+14))
		got := make([]byte, 12)
		done(t, k.ReadAt(reader, got, page+7))
		const want = "\x00\x02\x02\x02\x02\x02\x02abc\x00\x00"
		if string(got) != want || string(data[page+7:][:12]) != want {
			t.Errorf("%q read, %q mapped", got, data[page+7:][:12])
		}
		if int64(len(data)) != 2*page || int64(len(words)) != page/8 {
			t.Errorf("%d bytes and %d words are mapped", len(data), len(words))
		}
		done(t, k.Unmap(data))
		done(t, k.Cover(words))
		done(t, k.Truncate(fd, page))
		if k.ReadAt(fd, got, page-8) == nil {
			t.Error("read behind the end")
		}
		if k.WriteAt(reader, got, 0) == nil {
			t.Error("written to what is open for reading")
		}
	})
}

func TestRemovedDirectory(t *testing.T) {
	t.Parallel()
	m := mappedtest.NewMemory("/a")
	dir, err := m.Directory("/a/")
	done(t, err)
	fd, err := m.Create(dir, "f", 0o600)
	done(t, err)
	m.RemoveDirectory("/a")
	_, err = m.Create(dir, "g", 0o600)
	wants(t, "created in it", err, fs.ErrNotExist)
	_, err = m.Directory("/a")
	wants(t, "opened", err, fs.ErrNotExist)
	if st, err := m.Stat(fd); err != nil || st.Links != 0 {
		t.Errorf("its file has %d links, %v", st.Links, err)
	}
	m.MakeDirectory("/a")
	if names, err := m.Names(dir); err != nil || len(names) != 0 {
		t.Errorf("it has %q, %v", names, err)
	}
	done(t, m.WriteFile("/a/f", []byte("new")))
	if got, err := m.ReadFile("/a/f"); err != nil || string(got) != "new" {
		t.Errorf("the new one has %q, %v", got, err)
	}
}
