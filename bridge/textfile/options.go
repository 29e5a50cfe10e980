package textfile

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"time"

	"polymeter.dev/exposition"
	"polymeter.dev/metric"
)

// suffix is that of the files which the node exporter reads.
const suffix = ".prom"

// Options are the choices of [Write] and [Accumulate]. The zero value is the default; so is
// a nil *Options.
type Options struct {
	// Escaping changes names outside the legacy grammar. The default is
	// underscores, which every node exporter reads.
	Escaping metric.Escaping
	// DropTimestamps leaves out the timestamps of samples. The default is an
	// error: the node exporter refuses a file that has one. A series of several
	// points cannot be written either way.
	DropTimestamps bool
	// Mode is that of the file, whatever the umask. The default is 0644: the node
	// exporter usually runs as a user of its own.
	Mode fs.FileMode
	// AnyName permits paths that do not end in .prom, which the node exporter
	// leaves alone.
	AnyName bool
	// Timeout is how long collecting may take, and how long [Accumulate] waits for
	// other processes. The default is 30 seconds.
	Timeout time.Duration
}

// file is one that is to be written.
type file struct {
	path      string
	collector metric.Collector
	options   Options
}

// newFile checks what is asked for.
func newFile(path string, c metric.Collector, o *Options) (*file, error) {
	f := &file{path: path, collector: c}
	if o != nil {
		f.options = *o
	}
	if f.options.Mode == 0 {
		f.options.Mode = 0o644
	}
	if f.options.Timeout <= 0 {
		f.options.Timeout = 30 * time.Second
	}
	switch {
	case c == nil:
		return nil, errors.New("textfile: there is no collector")
	case path == "":
		return nil, errors.New("textfile: the path is empty")
	case filepath.Ext(path) != suffix && !f.options.AnyName:
		return nil, fmt.Errorf("textfile: %s: the name does not end in %s, so that the node exporter would not read it", path, suffix)
	case f.options.Mode&^fs.ModePerm != 0:
		return nil, fmt.Errorf("textfile: %s: the mode %v has more than permissions", path, f.options.Mode)
	case f.options.Escaping > metric.Values:
		return nil, fmt.Errorf("textfile: escaping scheme %d does not exist", f.options.Escaping)
	}
	return f, nil
}

// format returns the format of the page.
func (o *Options) format() exposition.Format {
	if o.Escaping == metric.AllowUTF8 {
		return exposition.FormatText100()
	}
	f := exposition.FormatText()
	f.Escaping = o.Escaping
	return f
}

// errorf returns an error about the file.
func (f *file) errorf(format string, args ...any) error {
	return fmt.Errorf("textfile: %s: "+format, append([]any{f.path}, args...)...)
}
