package fold

import (
	"errors"
	"fmt"

	"polymeter.dev/internal/mapped"
	"polymeter.dev/internal/pmfile"
)

// state is what became of the process that wrote a native file.
type state uint8

const (
	// living includes all of whom it is not certain.
	living state = iota
	// ended is the state of a process that ran since the last boot, or does not
	// say when. Nobody will ever write its file again: the lock was there before
	// the name was, and no file is opened for writing twice.
	ended
	// earlier is the state of a process that ran before the last boot.
	earlier
	// unreadable is the state of one that has ended, without it being known
	// when.
	unreadable
)

// examine tells the state of a native file's process, and the file's header.
// The error says why that is not certain, or why the header cannot be read.
func (p *pass) examine(f *file) (state, pmfile.Header, error) {
	locked, err := p.Kernel.Locked(f.fd)
	if err != nil {
		return living, pmfile.Header{}, fmt.Errorf("fold: ask for the lock of %q: %w", f.name, err)
	}
	if locked {
		return living, pmfile.Header{}, nil
	}
	// An overlay file system hides locks from those who look below it, but not
	// that a file is open.
	leased := p.Kernel.Lease(f.fd)
	if errors.Is(leased, mapped.ErrInUse) {
		return living, pmfile.Header{}, nil
	}
	header, err := f.header()
	switch {
	case err != nil:
		return unreadable, header, err
	case header.Boot == p.boot:
		return ended, header, nil
	case leased != nil:
		return living, header, leased // another machine's, perhaps
	case unknownBoot(header):
		// It may be of before the last boot. Readers, who cannot tell either,
		// count it, and folding it changes nothing of what they show.
		return ended, header, nil
	}
	return earlier, header, nil
}

// unknownBoot reports whether a file does not say when it was written: where
// /proc/sys is hidden, its process could not know.
func unknownBoot(h pmfile.Header) bool { return h.Boot == [16]byte{} }

// header reads the header of a native file, which must be the one that belongs
// to its name.
func (f *file) header() (pmfile.Header, error) {
	data, err := f.read(min(f.status.Size, pmfile.FirstRecord))
	if err != nil {
		return pmfile.Header{}, err
	}
	header, damage := pmfile.DecodeHeader(data)
	if damage != nil {
		damage.Path = f.name
		return pmfile.Header{}, damage
	}
	role, id, ok := pmfile.ParseName(f.name)
	if !ok || header.Role != role || role != pmfile.RoleArchive && header.ID != id {
		return pmfile.Header{}, ErrForeign
	}
	return header, nil
}
