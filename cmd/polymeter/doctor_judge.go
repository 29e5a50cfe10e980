package main

import (
	"fmt"
	"strings"

	"polymeter.dev/internal/pyfile"
)

// judge says what to think of the files that were found.
func (c *census) judge() {
	c.judgeFiles()
	c.judgeDamage()
	c.judgeArchives()
	if len(c.others) > 0 {
		c.warning("other users", "Let the processes, and whatever folds, be of one user.",
			"%s: of another user, and only of use for who may read them; never folded by this one", list(c.others))
	}
	if len(c.foreign) > 0 {
		c.warning("foreign", "Move them elsewhere: readers look at them at every scrape, and name them.",
			"%s: not what the name says", list(c.foreign))
	}
	if c.layouts[pyfile.Newer] && c.layouts[pyfile.Older] {
		c.warning("layouts", "Let all processes use releases of the Python client after 0.16, or none; Polymeter reads both.",
			"there are files of both layouts, and a release of the Python client reads only one of them")
	}
	if len(c.future) > 0 {
		c.warning("clock", "Set the clock right. What was set last, and when counting began, is wrong until the time has come.",
			"%s: from the future, so the clock was ahead before or is behind now", list(c.future))
	}
}

// unfolded is how many files of dead processes may wait before that is odd.
const unfolded = 100

// judgeFiles says which files there are.
func (c *census) judgeFiles() {
	f := &c.files
	var parts []string
	add := func(n int, what string) {
		if n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, what))
		}
	}
	add(f.Native.total(), "of Polymeter's format"+f.Native.String())
	add(f.Python.total(), "of the Python client's format"+f.Python.String())
	add(f.Published, "that processes publish")
	add(f.Archives, "with what the dead counted")
	add(f.Unborn, "left behind unfinished")
	add(f.Ignored, "that no reader looks at")
	text := strings.Join(parts, "; ")
	waiting := f.Native.Dead + f.Native.Earlier + f.Python.Dead + f.Python.Earlier
	switch {
	case waiting > unfolded:
		c.warning("files", "Let polymeter run or serve look after the directory, or call polymeter compact now and then.",
			"%s; nobody seems to fold the dead", text)
	case text == "":
		c.ok("files", "there are none")
	default:
		c.ok("files", "%s", text)
	}
}

// String says what became of the processes, in parentheses.
func (w *writers) String() string {
	var parts []string
	add := func(n int, what string) {
		if n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, what))
		}
	}
	add(w.Living, "in use")
	add(w.Dead, "of the dead")
	add(w.Earlier, "from before the last boot")
	add(w.Unknown, "of which nobody can tell")
	return " (" + strings.Join(parts, ", ") + ")"
}

// judgeDamage names damaged files.
func (c *census) judgeDamage() {
	const most = 20
	for i, text := range c.damaged {
		if i == most {
			c.problem("damage", "", "and %d more", len(c.damaged)-most)
			break
		}
		name, _, _ := strings.Cut(text, ": ")
		c.problem("damage", "What comes before the damage counts. To look at it: polymeter inspect "+c.path(name), "%s", text)
	}
	if len(c.damaged) == 0 {
		c.ok("damage", "every file can be read to its end")
	}
}

// judgeArchives says what has become of the dead.
func (c *census) judgeArchives() {
	switch {
	case len(c.archives) > 0:
		c.ok("archives", "%s", list(c.archives))
	case c.files.Native.total()+c.files.Python.total() > 0:
		c.ok("archives", "there is none: nothing was folded yet")
	}
	if len(c.aside) > 0 {
		c.warning("archives", "polymeter inspect shows what is in them. Remove them when nobody needs them any more.",
			"%s: set aside because of damage, and what could not be read of them is lost", list(c.aside))
	}
}
