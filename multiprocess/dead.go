package multiprocess

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"polymeter.dev/internal/pyfile"
	"polymeter.dev/metric"
)

// MarkProcessDead removes the gauges of live modes that the process with the
// given identifier, by default its process id in decimal, has left in the
// directory. Call it when a process has died without closing its store, as in
// gunicorn's child_exit hook: until then its live gauges count. All other values
// stay, since they count for as long as the directory exists. Nothing to remove
// is no error. An empty dir stands for the one in the environment; see [DirEnv].
func MarkProcessDead(dir, identifier string) error {
	dir, err := directory(dir)
	if err != nil {
		return err
	}
	if identifier == "" || strings.ContainsAny(identifier, "/\\\x00") {
		return fmt.Errorf("multiprocess: %q cannot be the identifier of a process", identifier)
	}
	var failed error
	for mode := metric.GaugeAll; mode.Valid(); mode++ {
		if !mode.Live() {
			continue
		}
		failed = errors.Join(failed, removeGauges(dir, mode, identifier))
	}
	return failed
}

// removeGauges removes the file of the identifier as given, which is how the
// Python client names it, and as a [Store] changes it.
func removeGauges(dir string, mode metric.GaugeMode, identifier string) error {
	for _, id := range []string{identifier, sanitize(identifier)} {
		name := pyfile.Name{Type: metric.TypeGauge, Mode: mode, ID: id}
		err := os.Remove(filepath.Join(dir, name.String()))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("multiprocess: mark process %q dead: %w", identifier, err)
		}
	}
	return nil
}
