package multiprocess

import (
	"fmt"
	"slices"

	"polymeter.dev/internal/mapped"
	"polymeter.dev/internal/pyfile"
)

// Layout is which of the two layouts of the Python client's files a [Store]
// writes. A [Collector] reads both side by side; the Python client can read only
// the one that its own release writes.
type Layout uint8

const (
	// LayoutAuto is that of the files that are already in the directory, and
	// LayoutNewer when there are none.
	LayoutAuto Layout = iota
	// LayoutNewer is that of the releases of the Python client after 0.16.
	LayoutNewer
	// LayoutOlder is that of the releases up to 0.16. It has no gauge modes
	// mostrecent and livemostrecent.
	LayoutOlder
)

// chooseLayout decides for the layout that the processes in the directory
// already use, as the first file tells of which that can be said.
func chooseLayout(kernel mapped.Kernel, layout Layout, dir string) (pyfile.Layout, error) {
	switch layout {
	case LayoutAuto:
		return presentLayout(kernel, dir)
	case LayoutNewer:
		return pyfile.Newer, nil
	case LayoutOlder:
		return pyfile.Older, nil
	}
	return 0, fmt.Errorf("multiprocess: unknown layout %d", layout)
}

func presentLayout(kernel mapped.Kernel, dir string) (pyfile.Layout, error) {
	folder, err := mapped.OpenFolder(kernel, dir)
	if err != nil {
		return 0, fmt.Errorf("multiprocess: %w", err)
	}
	defer folder.Close()
	names, err := folder.Names()
	if err != nil {
		return 0, fmt.Errorf("multiprocess: %w", err)
	}
	slices.Sort(names)
	for _, name := range names {
		if layout, ok := layoutOf(folder, name); ok {
			return layout, nil
		}
	}
	return pyfile.Newer, nil
}

// layoutOf reports false for files that are foreign, empty or damaged.
func layoutOf(folder *mapped.Folder, name string) (pyfile.Layout, bool) {
	if _, ok := pyfile.ParseName(name); !ok {
		return 0, false
	}
	view, err := folder.View(name)
	if err != nil {
		return 0, false
	}
	defer view.Close()
	var layout pyfile.Layout
	var certain bool
	err = view.Guard(func() {
		found, records, err := pyfile.Decode(view.Bytes())
		layout, certain = found, err == nil && len(records) > 0
	})
	return layout, certain && err == nil
}
