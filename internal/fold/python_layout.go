package fold

import (
	"errors"

	"polymeter.dev/internal/pyfile"
)

// layouts are the layouts that some files have.
type layouts struct{ newer, older bool }

func (l *layouts) add(layout pyfile.Layout, sure bool) {
	l.newer = l.newer || sure && layout == pyfile.Newer
	l.older = l.older || sure && layout == pyfile.Older
}

// only returns the one layout that there is.
func (l layouts) only() (pyfile.Layout, bool) {
	switch {
	case l.newer && !l.older:
		return pyfile.Newer, true
	case l.older && !l.newer:
		return pyfile.Older, true
	}
	return pyfile.Newer, false
}

// layout returns the layout of the next archive. A release of the Python client
// reads one of the two only: the one in which the files are that stay. When those
// have both, no release reads all of them, and only files of the archive's own
// layout are folded; mixed says so.
func (y *python) layout() (layout pyfile.Layout, mixed bool) {
	var before, folded layouts
	if y.archive != nil {
		before.add(y.archive.Layout, y.archive.Sure)
	}
	for _, h := range y.held {
		folded.add(h.layout, h.sure)
	}
	all := layouts{before.newer || folded.newer, before.older || folded.older}
	if layout, ok := all.only(); ok || all == (layouts{}) {
		return layout, false
	}
	staying := y.staying()
	if layout, ok := staying.only(); ok {
		return layout, false
	}
	own, ok := before.only()
	if !ok {
		own, ok = folded.only()
	} else if layout, uniform := folded.only(); uniform && staying == (layouts{}) {
		own = layout
	}
	if !ok {
		own = pyfile.Newer
	}
	return own, staying != layouts{}
}

// staying returns the layouts of the files of this user that are not folded now.
func (y *python) staying() layouts {
	var found layouts
	for _, names := range [][]string{y.public, y.sealed, y.waiting} {
		for _, name := range names {
			if found.newer && found.older {
				return found
			}
			f, err := y.dir.open(name)
			if err != nil {
				continue
			}
			if !errors.Is(y.ours(f), ErrOtherUser) {
				if layout, sure, err := f.layout(); err == nil {
					found.add(layout, sure)
				}
			}
			y.skip(name, f.close())
		}
	}
	return found
}
