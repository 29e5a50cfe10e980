package multiprocess

import (
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"polymeter.dev/internal/pyfile"
)

// chooseLayout decides for the layout that the processes in the directory
// already use, as the first file there tells.
func chooseLayout(layout Layout, dir string) (pyfile.Layout, error) {
	switch layout {
	case LayoutAuto:
		return presentLayout(dir)
	case LayoutNewer:
		return pyfile.Newer, nil
	case LayoutOlder:
		return pyfile.Older, nil
	}
	return 0, fmt.Errorf("multiprocess: unknown layout %d", layout)
}

func presentLayout(dir string) (pyfile.Layout, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return 0, fmt.Errorf("multiprocess: %w", err)
	}
	for _, entry := range entries {
		if _, ok := pyfile.ParseName(entry.Name()); !ok || !entry.Type().IsRegular() {
			continue
		}
		content, err := readUsed(filepath.Join(dir, entry.Name()))
		if err != nil {
			continue // another file may tell
		}
		if layout, records, err := pyfile.Decode(content); err == nil && len(records) > 0 {
			return layout, nil
		}
	}
	return pyfile.Newer, nil
}

// readUsed reads a file up to the end of what is in use.
func readUsed(path string) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	var header [8]byte
	if _, err := io.ReadFull(file, header[:]); err != nil {
		return nil, err
	}
	used, damage := pyfile.Used(binary.NativeEndian.Uint64(header[:]), info.Size())
	if damage != nil {
		return nil, damage
	}
	rest, err := io.ReadAll(io.LimitReader(file, int64(max(0, used-len(header)))))
	return append(header[:], rest...), err
}
