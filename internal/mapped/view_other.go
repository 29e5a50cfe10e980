//go:build !(linux || darwin || dragonfly || freebsd || netbsd || openbsd)

package mapped

// OpenFolder returns [ErrNoSupport].
func OpenFolder(string) (*Folder, error) { return nil, ErrNoSupport }

// Close does nothing: there is no open Folder.
func (f *Folder) Close() error { return nil }

// Names returns [ErrNoSupport].
func (f *Folder) Names() ([]string, error) { return nil, ErrNoSupport }

// Info returns [ErrNoSupport].
func (f *Folder) Info(name string) (Info, error) { return Info{}, f.fail("stat", name, ErrNoSupport) }

// View returns [ErrNoSupport].
func (f *Folder) View(name string) (*View, error) { return nil, f.fail("open", name, ErrNoSupport) }

// Close does nothing: there is no open View.
func (v *View) Close() error { return nil }
