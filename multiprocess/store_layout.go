package multiprocess

import (
	"fmt"
	"slices"

	"polymeter.dev/internal/mapped"
	"polymeter.dev/internal/pyfile"
)

// chooseLayout decides for the layout that the processes in the directory
// already use, as the first file tells of which that can be said.
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
	folder, err := mapped.OpenFolder(dir)
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
