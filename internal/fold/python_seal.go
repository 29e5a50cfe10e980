package fold

import (
	"errors"
	"slices"
	"strconv"
	"strings"

	"polymeter.dev/internal/mapped"
	"polymeter.dev/internal/pyfile"
)

// linked is a file with a public and a sealed name.
type linked struct {
	public, sealed string
	status         mapped.Status
}

// idle returns nil if nobody has the file open for writing. When leased, whoever
// wants to has to wait until the file is closed or the lease released.
func (p *pass) idle(f *file) (leased bool, err error) {
	err = p.Kernel.Lease(f.fd)
	if err == nil {
		return true, nil
	}
	if !errors.Is(err, mapped.ErrInUse) && p.VouchPIDs {
		return false, p.vouched(f.name)
	}
	return false, err
}

// vouched returns nil if there is no process with the id in the name of a file.
func (p *pass) vouched(file string) error {
	name, _ := pyfile.ParseName(file)
	digits, _, _ := strings.Cut(name.ID, "-") // a store numbers its identifiers
	pid, err := strconv.ParseInt(digits, 10, 32)
	switch {
	case err != nil || pid <= 0:
		return mapped.ErrNoLease
	case exists(int(pid)):
		return mapped.ErrInUse
	}
	return nil
}

// skipUnlessUsed is skip for an error of idle: that a file is in use is as it
// should be.
func (p *pass) skipUnlessUsed(name string, err error) {
	if !errors.Is(err, mapped.ErrInUse) {
		p.skip(name, err)
	}
}

// link gives a sealed name to public files that nobody has open for writing. A
// process that opens one all the same before its public name is gone counts in
// the sealed file, for as long as it lives; the next one makes a new file.
func (y *python) link() {
	for _, name := range y.public {
		if y.cancelled() != nil {
			return
		}
		f, err := y.dir.open(name)
		if err == nil {
			err = errors.Join(y.linkFile(f), f.close())
		}
		y.skipUnlessUsed(name, err)
	}
}

func (y *python) linkFile(f *file) error {
	err := y.ours(f)
	if errors.Is(err, ErrLinked) {
		sealed := y.twin(f)
		if sealed == "" {
			return err
		}
		y.linked = append(y.linked, linked{f.name, sealed, f.status})
		return nil
	}
	if err != nil {
		return err
	}
	leased, err := y.idle(f)
	if err != nil {
		return err
	}
	if leased {
		// A lease would hold up whoever opens the file, until the name that he
		// opened it by is gone.
		if err := y.Kernel.Release(f.fd); err != nil {
			return err
		}
	}
	name, _ := pyfile.ParseName(f.name)
	sealed := name.Sealed()
	if err := y.Kernel.Link(y.dir.fd, f.fd, sealed); err != nil {
		return err
	}
	y.linked = append(y.linked, linked{f.name, sealed, f.status})
	y.result.Sealed++
	return nil
}

// twin returns the sealed name that a pass has given to the file before it was
// interrupted, or "". Sealed names are sorted, and begin with the public one.
func (y *python) twin(f *file) string {
	name, _ := pyfile.ParseName(f.name)
	public := name.String()
	first, _ := slices.BinarySearch(y.sealed, public)
	for _, sealed := range y.sealed[first:] {
		if !strings.HasPrefix(sealed, public) {
			break
		}
		if same, err := y.dir.named(sealed, f.status); err == nil && same {
			return sealed
		}
	}
	return ""
}
