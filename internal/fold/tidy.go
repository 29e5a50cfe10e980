package fold

import (
	"errors"
	"strings"

	"polymeter.dev/internal/mapped"
	"polymeter.dev/internal/pmfile"
)

// tidy removes what writers have left behind that died while they made a file,
// and folders: there is only one at a time, and this is it.
func (p *pass) tidy(names []string) {
	for _, name := range names {
		if name == pmfile.NextName {
			p.skip(name, p.dir.unlink(name))
		}
		if !strings.HasPrefix(name, mapped.UnbornPrefix) {
			continue
		}
		f, err := p.dir.open(name)
		if err == nil {
			if p.abandoned(f) {
				p.skip(name, p.dir.unlink(name))
			}
			err = f.close()
		}
		if !errors.Is(err, mapped.ErrNotRegular) { // which is nobody's
			p.skip(name, err)
		}
	}
}

// abandoned reports whether nobody uses a file that has no proper name. One that
// is a moment old may not be locked yet, but its writer has it open. Where the
// system cannot tell, a writer whose file is gone starts over.
func (p *pass) abandoned(f *file) bool {
	locked, err := p.Kernel.Locked(f.fd)
	return err == nil && !locked && !errors.Is(p.Kernel.Lease(f.fd), mapped.ErrInUse)
}
