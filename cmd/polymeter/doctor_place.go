package main

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"polymeter.dev/internal/mapped"
	"polymeter.dev/multiprocess"
)

// checkDirectory opens the directory.
func (e *examination) checkDirectory() bool {
	const check = "directory"
	info, err := os.Stat(e.dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		e.problem(check, "A Store and polymeter run make it when they start; Python programs need it before: mkdir -m 700 "+e.dir,
			"it does not exist")
		return false
	case err == nil && !info.IsDir():
		e.problem(check, "Choose another path.", "it is not a directory")
		return false
	}
	if err == nil {
		e.folder, err = mapped.OpenFolder(e.kernel, e.dir)
	}
	if err != nil {
		e.problem(check, "Run this, and whatever merges, as a user who may read the directory.", "it cannot be opened: %v", cause(err))
		return false
	}
	e.ok(check, "it exists and can be opened")
	return true
}

// cause leaves path and operation out of an error.
func cause(err error) error {
	var path *fs.PathError
	if errors.As(err, &path) {
		return path.Err
	}
	return err
}

// checkOwner looks at who may use the directory.
func (e *examination) checkOwner() {
	const check = "owner"
	info, err := os.Stat(e.dir)
	if err != nil {
		return // it has just vanished
	}
	mode := info.Mode().Perm()
	owner, user := ownerOf(info), os.Geteuid()
	switch {
	case owner != user:
		e.warning(check, "Run doctor as the user whose processes count. Files of other users are not folded.",
			"it belongs to the user %d, and this is the user %d", owner, user)
	case mode&0o700 != 0o700:
		e.problem(check, "chmod 700 "+e.dir, "its owner, the user %d, may not use it: the permissions are %04o", owner, mode)
	default:
		e.ok(check, "it belongs to this user, %d", owner)
	}
	switch {
	case mode&0o002 != 0 && info.Mode()&fs.ModeSticky != 0:
		e.warning("permissions", "Use a directory of its own below this one.", "%04o: everybody on this machine may add files to it", mode)
	case mode&0o002 != 0:
		e.warning("permissions", "chmod 700 "+e.dir+", or 770 with a group for programs of several users.",
			"%04o: everybody on this machine may add files to it, and remove those of your processes", mode)
	case mode&0o020 != 0:
		e.ok("permissions", "%04o: its group may write, as programs of several users need it", mode)
	default:
		e.ok("permissions", "%04o: only its owner may write", mode)
	}
}

// checkPath looks for others who decide what the path means.
func (e *examination) checkPath() {
	const check = "path"
	trusted := func(info fs.FileInfo) bool { owner := ownerOf(info); return owner == 0 || owner == os.Geteuid() }
	real, err := filepath.EvalSymlinks(e.dir)
	if err != nil {
		return // it has just vanished
	}
	bad := false
	for path := range above(e.dir) {
		if info, err := os.Lstat(path); err == nil && info.Mode()&fs.ModeSymlink != 0 && !trusted(info) {
			e.warning(check, "Use the path without the link: "+real, "whoever owns the symbolic link %s, the user %d, decides where it leads",
				path, ownerOf(info))
			bad = true
		}
	}
	for path := range above(filepath.Dir(real)) {
		if info, err := os.Lstat(path); err == nil && info.Mode().Perm()&0o002 != 0 && info.Mode()&fs.ModeSticky == 0 {
			e.warning(check, "Use a directory below one that others may not write to, such as /dev/shm or /run.",
				"everybody may rename what is in %s", path)
			bad = true
		}
	}
	switch {
	case bad:
	case real != e.dir:
		e.ok(check, "it leads over a symbolic link to %s", real)
	default:
		e.ok(check, "nobody else can put another directory in its place")
	}
}

// above returns a path and all directories above it.
func above(path string) func(func(string) bool) {
	return func(yield func(string) bool) {
		for yield(path) && filepath.Dir(path) != path {
			path = filepath.Dir(path)
		}
	}
}

// checkEnvironment looks at what processes started from here would do.
func (e *examination) checkEnvironment() {
	const check = "environment"
	const advice = "Set " + multiprocess.DirEnv + " to the same absolute path for all processes, before they start."
	name := multiprocess.DirEnv
	dir, old := os.Getenv(name), os.Getenv(strings.ToLower(name))
	if dir == "" && old != "" {
		name, dir = strings.ToLower(name), old
	}
	switch {
	case dir == "":
		e.ok(check, "%s is not set here; the processes that are to count here need it", name)
	case !filepath.IsAbs(dir):
		e.warning(check, advice, "%s is %s, which means another directory for each working directory", name, dir)
	case !e.same(dir):
		e.warning(check, advice, "%s names another directory: %s", name, dir)
	case old != "" && !e.same(old):
		e.warning(check, advice, "%s names another directory, %s, and old releases of the Python client take that one",
			strings.ToLower(name), old)
	default:
		e.ok(check, "%s names this directory", name)
	}
}

// same reports whether a path leads to the directory.
func (e *examination) same(path string) bool {
	if filepath.Clean(path) == e.dir {
		return true
	}
	one, err := os.Stat(path)
	if err != nil {
		return false
	}
	other, err := os.Stat(e.dir)
	return err == nil && os.SameFile(one, other)
}
