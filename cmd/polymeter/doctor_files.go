package main

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"polymeter.dev/internal/damage"
	"polymeter.dev/internal/mapped"
	"polymeter.dev/internal/pmfile"
	"polymeter.dev/internal/pyfile"
)

// filesFound are numbers of files; archives are not among the native and python
// ones.
type filesFound struct {
	Native   writers `json:"native"`
	Python   writers `json:"python"`
	Archives int     `json:"archives"`
	// Published are what processes publish from their collectors.
	Published int `json:"published"`
	// Unborn are files that their writers did not live to complete.
	Unborn  int `json:"unborn"`
	Damaged int `json:"damaged"`
	// Foreign are files that readers name as none of theirs, Ignored those that
	// they do not look at.
	Foreign int `json:"foreign"`
	Ignored int `json:"ignored"`
}

// writers are numbers of files by what became of the process.
type writers struct {
	Living int `json:"living"`
	Dead   int `json:"dead"`
	// Earlier are of before the last boot.
	Earlier int `json:"earlier,omitempty"`
	// Unknown are those of which it cannot be told.
	Unknown int `json:"unknown,omitempty"`
}

func (w *writers) total() int { return w.Living + w.Dead + w.Earlier + w.Unknown }

// fate is what became of the process that wrote a file.
type fate uint8

const (
	living fate = iota
	dead
	earlier
	unknown
)

func (w *writers) count(f fate) {
	switch f {
	case living:
		w.Living++
	case dead:
		w.Dead++
	case earlier:
		w.Earlier++
	case unknown:
		w.Unknown++
	}
}

// census goes through the files of a directory.
type census struct {
	*examination
	damaged  []string // with the reasons
	foreign  []string
	others   []string // belonging to other users
	aside    []string // damaged archives
	archives []string
	future   []string
	layouts  map[pyfile.Layout]bool
}

// checkFiles looks at all files, and judges what it found.
func (e *examination) checkFiles() {
	names, err := e.folder.Names()
	if err != nil {
		e.problem("files", "", "the directory cannot be listed: %v", cause(err))
		return
	}
	slices.Sort(names)
	c := &census{examination: e, layouts: map[pyfile.Layout]bool{}}
	for _, name := range names {
		c.look(name)
	}
	e.checkDescriptors(e.files.Native.total() + e.files.Python.total() + e.files.Archives)
	c.judge()
}

// look looks at one file.
func (c *census) look(name string) {
	role, id, native := pmfile.ParseName(name)
	python, named := pyfile.ParseName(name)
	switch {
	case name == pmfile.NextName, strings.HasPrefix(name, mapped.UnbornPrefix):
		c.open(name, func(v *mapped.View) {
			if locked, err := v.Locked(); err == nil && !locked && !errors.Is(v.Unwritten(), mapped.ErrInUse) {
				c.files.Unborn++
			}
		})
	case strings.HasPrefix(name, "."):
		c.files.Ignored++
	case strings.Contains(name, ".damaged-"):
		c.aside = append(c.aside, name)
	case native:
		c.open(name, func(v *mapped.View) { c.native(v, name, role, id) })
	case named:
		c.open(name, func(v *mapped.View) { c.python(v, name, python) })
	case strings.HasSuffix(name, ".db"):
		c.files.Foreign++
		c.foreign = append(c.foreign, name)
	default:
		c.files.Ignored++
	}
}

// open opens a file for a closer look. One that has just vanished is none.
func (c *census) open(name string, look func(*mapped.View)) {
	view, err := c.folder.Open(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		c.damage(name, cause(err).Error())
	default:
		defer view.Close()
		info := view.Info()
		if int(info.Owner) != os.Geteuid() {
			c.others = append(c.others, name)
		}
		c.dated(name, info.Changed)
		look(view)
	}
}

// dated notes a file that is from the future.
func (c *census) dated(name string, nanoseconds int64) {
	const tolerance = 5 * time.Second
	if nanoseconds > c.now().Add(tolerance).UnixNano() && !slices.Contains(c.future, name) {
		c.future = append(c.future, name)
	}
}

func (c *census) damage(name, reason string) {
	c.files.Damaged++
	c.damaged = append(c.damaged, name+": "+reason)
}

// native looks at a native file.
func (c *census) native(v *mapped.View, name string, role pmfile.Role, id pmfile.ID) {
	header, damaged := checkNative(v)
	if damaged != nil && damaged.Reason == pmfile.ReasonVersion {
		c.damage(name, damaged.Reason+"; use a newer release")
		return
	}
	if damaged != nil {
		c.damage(name, damaged.Reason)
	}
	if header == nil {
		return
	}
	if header.Role != role || role != pmfile.RoleArchive && header.ID != id {
		c.files.Foreign++
		c.foreign = append(c.foreign, name)
		return
	}
	c.dated(name, header.Created)
	switch role {
	case pmfile.RoleArchive:
		c.files.Archives++
		c.archives = append(c.archives, name)
	case pmfile.RolePublication:
		c.files.Published++
	case pmfile.RoleProcess:
		c.files.Native.count(c.fateOf(v, header))
	}
}

// checkNative reads a native file. While its process lives, records may change
// under the reader's eyes: what looks like damage has to be there twice.
func checkNative(v *mapped.View) (*pmfile.Header, *damage.Error) {
	const attempts = 4
	var header *pmfile.Header
	var damaged *damage.Error
	for range attempts {
		var data []byte
		if fault := v.Guard(func() { data = bytes.Clone(v.Bytes()) }); fault != nil {
			return nil, &damage.Error{Reason: pmfile.ReasonVanishing}
		}
		decoded, broken := pmfile.DecodeHeader(data)
		if broken != nil {
			return nil, broken
		}
		header = &decoded
		report := inspectNative("", data)
		if report.Damage == nil {
			return header, nil
		}
		again := damaged != nil && damaged.Offset == report.Damage.Offset
		damaged = &damage.Error{Offset: report.Damage.Offset, Reason: report.Damage.Reason}
		if again {
			break
		}
		_ = v.Refresh() // it may have grown
	}
	return header, damaged
}

// fateOf tells what became of the process, as folding does.
func (c *census) fateOf(v *mapped.View, h *pmfile.Header) fate {
	locked, err := v.Locked()
	switch {
	case err != nil:
		return unknown
	case locked:
		return living
	}
	leased := v.Unwritten()
	switch {
	case errors.Is(leased, mapped.ErrInUse):
		return living
	case h.Boot == c.boot:
		return dead
	case leased != nil:
		return unknown // another machine's, perhaps
	case h.Boot == [16]byte{}:
		return dead // of a process that could not know its boot
	}
	return earlier
}

// python looks at a file of the Python client's format.
func (c *census) python(v *mapped.View, name string, parsed pyfile.Name) {
	var data []byte
	if fault := v.Guard(func() { data = bytes.Clone(v.Bytes()) }); fault != nil {
		c.damage(name, pyfile.ReasonVanishing)
		return
	}
	_, layout, sure, damaged := pyfile.Rows(data)
	if sure {
		c.layouts[layout] = true
	}
	if parsed.ID == pyfile.ArchiveID {
		archive, broken := pyfile.DecodeArchive(data)
		if damaged == nil {
			damaged = broken
		}
		c.dated(name, archive.Created)
		c.files.Archives++
		c.archives = append(c.archives, name)
	} else {
		c.files.Python.count(c.fateOfPython(v, parsed))
	}
	if damaged != nil {
		c.damage(name, damaged.Reason)
	}
}

// fateOfPython tells what became of the process, as folding does.
func (c *census) fateOfPython(v *mapped.View, name pyfile.Name) fate {
	switch err := v.Unwritten(); {
	case err == nil:
		return dead
	case errors.Is(err, mapped.ErrInUse):
		return living
	case c.vouch:
		return fateOfPID(name.ID)
	}
	return unknown
}

// fateOfPID tells it from the process id that an identifier is, or begins with.
func fateOfPID(identifier string) fate {
	digits, _, _ := strings.Cut(identifier, "-") // a store numbers its identifiers
	pid, err := strconv.ParseInt(digits, 10, 32)
	switch {
	case err != nil || pid <= 0:
		return unknown
	case processExists(int(pid)):
		return living
	}
	return dead
}

// list returns the first of several names.
func list(names []string) string {
	const most = 5
	if len(names) <= most {
		return strings.Join(names, ", ")
	}
	return strings.Join(names[:most], ", ") + ", …"
}

func (e *examination) path(name string) string { return filepath.Join(e.dir, name) }
