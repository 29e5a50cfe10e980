package pmfile

import (
	"fmt"
	"io/fs"

	"polymeter.dev/internal/mapped"
)

// Replace writes a file that a [Builder] made under the name that belongs to its
// role and identity, in place of what has that name, as
// [mapped.Directory.Replace] does. Of the options, Headroom counts.
func Replace(dir *mapped.Directory, role Role, id ID, data []byte, mode fs.FileMode, o WriterOptions) (*mapped.File, error) {
	return dir.Replace(FileName(role, id), data, mode, func(f *mapped.File) error {
		return afford(f, f.Name(), int64(len(data)), o.Headroom)
	})
}

// afford returns an error if taking so many bytes more for a file would leave less
// free than headroom says; nil asks for none.
func afford(where interface{ Free() (int64, error) }, name string, more int64, headroom func() int64) error {
	if headroom == nil {
		return nil
	}
	free, err := where.Free()
	if err != nil {
		return err
	}
	if least := headroom(); free-more < least {
		return fmt.Errorf("pmfile: %q would leave %d bytes free in its file system, less than %d: %w",
			name, free-more, least, errNoSpace)
	}
	return nil
}
