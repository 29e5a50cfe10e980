//go:build linux || darwin || dragonfly || freebsd || netbsd || openbsd

package main

import (
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"polymeter.dev"
	"polymeter.dev/internal/mapped"
	"polymeter.dev/internal/pmfile"
	"polymeter.dev/internal/pyfile"
	"polymeter.dev/multiprocess"
)

// tamed is the system as it would be with everything as it should be, but for
// what a test changes.
type tamed struct {
	mapped.Kernel
	create, reserve, lock  error
	unseen, untrusted      bool
	free                   int64
	leaseWhile, leaseAfter error
	asked                  bool
}

func newTamed() *tamed {
	return &tamed{Kernel: mapped.System(), free: 1 << 30, leaseWhile: mapped.ErrInUse}
}

func (k *tamed) Create(dir int, name string, mode uint32) (int, error) {
	if k.create != nil {
		return -1, k.create
	}
	return k.Kernel.Create(dir, name, mode)
}

func (k *tamed) Prepare(int) error               { return nil }
func (k *tamed) Reserve(int, int64, int64) error { return k.reserve }
func (k *tamed) Trusted(int) (bool, error)       { return !k.untrusted, nil }
func (k *tamed) Free(int) (int64, error)         { return k.free, nil }
func (k *tamed) Lock(int) error                  { return k.lock }
func (k *tamed) Locked(int) (bool, error)        { return !k.unseen, nil }
func (k *tamed) Release(int) error               { return nil }

// Lease is asked for twice in the life of a scratch file.
func (k *tamed) Lease(int) error {
	if k.asked {
		return k.leaseAfter
	}
	k.asked = true
	return k.leaseWhile
}

// untrustedFindings is what there is to say of an untrusted file system.
func untrustedFindings() string {
	if runtime.GOOS != "linux" {
		return "problem liveness, warning liveness"
	}
	return "problem file system, problem liveness, warning liveness"
}

// examine returns the findings that are not ok, and the examination. Whether the
// file system is one in memory is left out: nobody knows where tests run.
func examine(t *testing.T, dir string, prepare func(*examination, *tamed)) (string, *examination) {
	t.Helper()
	kernel := newTamed()
	e := &examination{dir: dir, kernel: kernel, boot: [16]byte{1}, now: time.Now}
	if prepare != nil {
		prepare(e, kernel)
	}
	e.run()
	var bad []string
	for _, f := range e.findings {
		if f.Level != levelOK && f.Check != "file system" || f.Level == levelProblem {
			bad = append(bad, string(f.Level)+" "+f.Check)
		}
	}
	return strings.Join(bad, ", "), e
}

func ownDir(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "dir")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	real, err := filepath.EvalSymlinks(dir)
	if err != nil {
		t.Fatal(err)
	}
	return real
}

func TestDoctorOfTheSystem(t *testing.T) {
	clearEnvironment(t)
	tests := []struct {
		name   string
		change func(*examination, *tamed)
		want   string
		liveness
	}{
		{"all is fine", nil, "", liveness{"locks", "leases"}},
		{"untrusted", func(_ *examination, k *tamed) { k.untrusted = true }, untrustedFindings(), liveness{"none", "none"}},
		{"full", func(_ *examination, k *tamed) { k.free = 1000 }, "problem space", liveness{"locks", "leases"}},
		{"almost full", func(_ *examination, k *tamed) { k.free = 2 << 20 }, "warning space", liveness{"locks", "leases"}},
		{
			"read only", func(_ *examination, k *tamed) { k.create = syscall.EROFS },
			"problem new files, problem liveness, warning liveness",
			liveness{"none", "none"},
		},
		{"nothing to reserve", func(_ *examination, k *tamed) { k.reserve = syscall.ENOSPC }, "problem reservation", liveness{"locks", "leases"}},
		{"copy on write", func(_ *examination, k *tamed) { k.reserve = mapped.ErrUnreservable }, "problem reservation", liveness{"locks", "leases"}},
		{
			"no locks", func(_ *examination, k *tamed) { k.lock = syscall.ENOLCK },
			"problem locks, problem liveness",
			liveness{"none", "leases"},
		},
		{
			"locks that nobody sees", func(_ *examination, k *tamed) { k.unseen = true },
			"problem locks, problem liveness",
			liveness{"none", "leases"},
		},
		{
			"no leases", func(_ *examination, k *tamed) { k.leaseWhile, k.leaseAfter = mapped.ErrNoLease, mapped.ErrNoLease },
			"warning leases, warning liveness",
			liveness{"locks", "none"},
		},
		{"no leases, but an operator", func(e *examination, k *tamed) {
			e.vouch = true
			k.leaseWhile, k.leaseAfter = mapped.ErrNoLease, mapped.ErrNoLease
		}, "warning leases", liveness{"locks", "vouched process ids"}},
		{"leases for all", func(_ *examination, k *tamed) { k.leaseWhile = nil }, "problem leases, warning liveness", liveness{"locks", "none"}},
		{
			"leases that are never given", func(_ *examination, k *tamed) { k.leaseAfter = mapped.ErrInUse },
			"warning leases, warning liveness",
			liveness{"locks", "none"},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			dir := ownDir(t)
			got, e := examine(t, dir, test.change)
			if got != test.want || e.liveness != test.liveness {
				t.Errorf("findings %q, liveness %+v", got, e.liveness)
			}
			if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
				t.Errorf("left behind %v, %v", left, err)
			}
		})
	}
}

// clearEnvironment makes sure that no directory is named there.
func clearEnvironment(t *testing.T) {
	t.Setenv(multiprocess.DirEnv, "")
	t.Setenv(strings.ToLower(multiprocess.DirEnv), "")
}

func TestDoctorOfThePlace(t *testing.T) {
	clearEnvironment(t)
	mode := func(mode fs.FileMode) func(*testing.T, string) string {
		return func(t *testing.T, dir string) string {
			if err := os.Chmod(dir, mode); err != nil {
				t.Fatal(err)
			}
			return dir
		}
	}
	tests := []struct {
		name    string
		prepare func(*testing.T, string) string
		want    string
	}{
		{"fine", mode(0o700), ""},
		{"for a group", mode(0o770), ""},
		{"for everybody", mode(0o777), "warning permissions"},
		{"for everybody's files", mode(0o777 | fs.ModeSticky), "warning permissions"},
		{"missing", func(_ *testing.T, dir string) string { return filepath.Join(dir, "missing") }, "problem directory"},
		{"a file", func(t *testing.T, dir string) string { return writeFile(t, filepath.Join(dir, "file"), nil) }, "problem directory"},
		{"a link of ours", func(t *testing.T, dir string) string { return symlink(t, dir) }, ""},
		{"a link of others", func(t *testing.T, dir string) string {
			link := symlink(t, dir)
			if err := os.Lchown(link, 12345, -1); err != nil {
				t.Skip("only root gives files away")
			}
			return link
		}, "warning path"},
		{"others decide what it is", func(t *testing.T, dir string) string {
			if err := os.Mkdir(filepath.Join(dir, "below"), 0o700); err != nil {
				t.Fatal(err)
			}
			return filepath.Join(mode(0o777)(t, dir), "below")
		}, "warning path"},
		{"of another user", func(t *testing.T, dir string) string {
			if err := os.Lchown(dir, 12345, -1); err != nil {
				t.Skip("only root gives files away")
			}
			return dir
		}, "warning owner"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got, _ := examine(t, test.prepare(t, ownDir(t)), nil); got != test.want {
				t.Errorf("findings %q", got)
			}
		})
	}
}

func symlink(t *testing.T, dir string) string {
	link := filepath.Join(filepath.Dir(dir), "link")
	if err := os.Symlink(dir, link); err != nil {
		t.Fatal(err)
	}
	return link
}

func TestDoctorOfTheEnvironment(t *testing.T) {
	dir := ownDir(t)
	link := symlink(t, dir)
	tests := []struct{ value, old, want string }{
		{"", "", ""},
		{dir, "", ""},
		{dir + "/.", "", ""},
		{link, dir, ""},
		{"", dir, ""},
		{dir, os.TempDir(), "warning environment"},
		{"", os.TempDir(), "warning environment"},
		{"dir", "", "warning environment"},
		{filepath.Join(dir, "other"), "", "warning environment"},
	}
	for _, test := range tests {
		t.Run(test.value+"|"+test.old, func(t *testing.T) {
			t.Setenv(multiprocess.DirEnv, test.value)
			t.Setenv(strings.ToLower(multiprocess.DirEnv), test.old)
			if got, _ := examine(t, dir, nil); got != test.want {
				t.Errorf("findings %q", got)
			}
		})
	}
}

// build makes a native file.
func build(role pmfile.Role, change func(*pmfile.Header)) []byte {
	h := nativeHeaderOf(role)
	change(h)
	b := pmfile.NewBuilder(h)
	b.Series(b.Family(nativeCounter), []string{"mail"}, nil, []uint64{0, 0, 1, 0})
	return b.Bytes()
}

func TestDoctorOfFiles(t *testing.T) {
	clearEnvironment(t)
	dir := ownDir(t)
	boot := mapped.Boot()
	here := func(h *pmfile.Header) { h.Boot = boot }
	dead := nativeName(pmfile.RoleProcess)
	cut := build(pmfile.RolePublication, here)
	key := string(pyfile.AppendKey(nil, "a", "a", nil, "A."))
	archive, err := pyfile.AppendArchive(nil, pyfile.Newer, []pyfile.ArchiveEntry{{Key: key, Value: 1}}, &pyfile.Appendix{})
	if err != nil {
		t.Fatal(err)
	}
	old := pmfile.ID{1}
	for name, data := range map[string][]byte{
		dead:                                     build(pmfile.RoleProcess, here),
		pmfile.FileName(pmfile.RoleProcess, old): build(pmfile.RoleProcess, func(h *pmfile.Header) { h.ID, h.Boot = old, [16]byte{9} }),
		nativeName(pmfile.RolePublication):       cut[:len(cut)-8],
		"w-00000000000000000000000000000000.pm":  build(pmfile.RoleProcess, here), // of another name
		pmfile.ArchiveName:                       build(pmfile.RoleArchive, here),
		pmfile.ArchiveName + ".damaged-1f":       nil,
		".new-abc":                               nil,
		".hidden":                                nil,
		"notes.txt":                              nil,
		"notes.db":                               nil,
		"counter_1.db":                           storeFile(pyfile.Newer, stored{"a", "a_total", nil, 1, 0}),
		"counter_2.db":                           storeFile(pyfile.Older, stored{"a", "a_total", nil, 1, 0}),
		"counter_3.db":                           []byte("garbage, not a store"),
		"counter_polymeter-archive.db":           archive,
	} {
		writeFile(t, filepath.Join(dir, name), data)
	}
	future := time.Now().Add(-time.Hour)
	e := &examination{dir: dir, kernel: mapped.System(), boot: boot, now: func() time.Time { return future }}
	e.run()
	want := filesFound{
		Native: writers{Dead: 1, Earlier: 1}, Python: writers{Dead: 3}, Archives: 2, Published: 1,
		Unborn: 1, Damaged: 2, Foreign: 2, Ignored: 2,
	}
	if !e.leases {
		want.Native, want.Python = writers{Dead: 1, Unknown: 1}, writers{Unknown: 3}
	}
	if diff := cmp.Diff(want, e.files); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	for check, text := range map[string]string{
		"foreign": "notes.db, w-00000000000000000000000000000000.pm: not what",
		"layouts": "files of both layouts",
		"clock":   ".new-abc, archive.pm, counter_1.db, counter_2.db, counter_3.db, …: from the future",
	} {
		if !hasFinding(e, levelWarning, check, text) {
			t.Errorf("no warning of %s with %q in %+v", check, text, e.findings)
		}
	}
	if !hasFinding(e, levelWarning, "archives", "archive.pm.damaged-1f: set aside") {
		t.Errorf("findings %+v", e.findings)
	}
	for _, text := range []string{
		"counter_3.db: impossible length of a key",
		nativeName(pmfile.RolePublication) + ": shorter than its bytes in use",
	} {
		if !hasFinding(e, levelProblem, "damage", text) {
			t.Errorf("no damage %q in %+v", text, e.findings)
		}
	}
}

func hasFinding(e *examination, l level, check, text string) bool {
	for _, f := range e.findings {
		if f.Level == l && f.Check == check && strings.Contains(f.Text, text) {
			return true
		}
	}
	return false
}

// The command says what holds, and its exit code how bad it is.
func TestDoctor(t *testing.T) {
	clearEnvironment(t)
	dir := ownDir(t)
	store, err := multiprocess.Open(dir, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	registry := polymeter.NewRegistry(nil)
	if err := registry.Attach(store); err != nil {
		t.Fatal(err)
	}
	polymeter.Must(registry.NewCounter(polymeter.CounterOpts{Name: "a", Help: "A."})).Inc()
	look := func() (r struct {
		Findings []finding
		Files    filesFound
	},
	) {
		got := invoke(t, "", "doctor", "--json", dir)
		if err := json.Unmarshal([]byte(got.out), &r); err != nil || got.errors != "" {
			t.Fatalf("%v: %+v", err, got)
		}
		code := exitOK
		for _, f := range r.Findings {
			switch {
			case f.Level == levelProblem:
				code = exitFailure
			case f.Level == levelWarning && code == exitOK:
				code = exitFindings
			}
		}
		if got.code != code {
			t.Errorf("exit code %d of %+v", got.code, r.Findings)
		}
		return r
	}
	if r := look(); r.Files.Native != (writers{Living: 1}) {
		t.Errorf("while it lives: %+v", r)
	}
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	if r := look(); r.Files.Native.Living != 0 || r.Files.Native.total() != 1 {
		t.Errorf("when it is closed: %+v", r)
	}
	got := invoke(t, "", "doctor", filepath.Join(dir, "missing"))
	got.want(t, exitFailure, dir+"/missing\n"+
		"  problem  directory    it does not exist\n"+
		"                        → A Store and polymeter run make it when they start; Python programs need it before: mkdir -m 700 "+dir+"/missing\n"+
		"  ok       environment  PROMETHEUS_MULTIPROC_DIR is not set here; the processes that are to count here need it\n"+
		"1 problem, 0 warnings\n", "")
}
