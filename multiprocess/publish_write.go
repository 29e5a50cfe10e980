package multiprocess

import (
	"fmt"
	"time"

	"polymeter.dev/internal/gather"
	"polymeter.dev/internal/mapped"
	"polymeter.dev/internal/pmfile"
	"polymeter.dev/metric"
)

// publishedFile is the file of what this process publishes.
type publishedFile struct {
	file *mapped.File // locked as long as it is the present one; nil when there is none
	// names are the families in it, nil when it has none.
	names map[string]bool
	// failing says that the last attempt to write it failed, or to remove it.
	failing bool
}

// write writes what is kept of all publishers, or removes the file when that is
// nothing. On an error the file stays as it is. It returns the families that
// have no place beside those of other publishers. The caller has the lock of
// files.
func (s *Store) write() (clashes []error, err error) {
	names, clashes := s.place()
	if len(names) == 0 {
		err = s.withdraw()
	} else {
		err = s.replace(names)
	}
	s.noteWriting(err)
	return clashes, err
}

// placed is a family that goes into the file.
type placed struct {
	*keptPublication
	mode metric.GaugeMode
}

// place returns the families of all publishers that can be on one page: those of
// the same name and type add up, and of others that meet the first one stays.
func (s *Store) place() ([]placed, []error) {
	var all []placed
	var clashes []error
	var claims gather.Claims
	types := make(map[string]metric.Type)
	for _, p := range s.published.present() {
		for _, k := range p.kept {
			d := k.family.Desc()
			if t, known := types[d.Name]; known && t != d.Type {
				clashes = append(clashes, p.lost(d.Name, fmt.Errorf("it is a %s, and published before as a %s", d.Type, t)))
				continue
			}
			if err := claims.Add(s, d); err != nil {
				clashes = append(clashes, p.lost(d.Name, err))
				continue
			}
			types[d.Name] = d.Type
			all = append(all, placed{k, p.modeOf(d)})
		}
	}
	return all, clashes
}

// replace writes the families in the place of what was published before, under
// the identity that the process has now.
func (s *Store) replace(families []placed) error {
	header, err := s.publicationHeader()
	if err != nil {
		return err
	}
	current := &s.published.current
	if current.file != nil && current.file.Name() != pmfile.FileName(header.Role, header.ID) {
		if err := s.withdraw(); err != nil { // or it would count beside the next one
			return err
		}
	}
	w := newPublication(header)
	names := make(map[string]bool, len(families))
	for _, f := range families {
		w.add(f.keptPublication, f.mode)
		names[f.name()] = true
	}
	if err := w.Err(); err != nil {
		return err
	}
	file, err := s.format.(*nativeFormat).replace(header, w.Bytes())
	if err != nil {
		return err
	}
	if current.file != nil {
		err = current.file.Close()
	}
	current.file, current.names = file, names
	s.published.wrote(len(names), time.Unix(0, header.Created))
	return err
}

// withdraw removes the file, if there is one.
func (s *Store) withdraw() error {
	current := &s.published.current
	if current.file == nil {
		return nil
	}
	if err := s.format.(*nativeFormat).discard(current.file); err != nil {
		return err
	}
	err := current.file.Close()
	current.file, current.names = nil, nil
	s.published.wrote(0, time.Time{})
	return err
}

// wrote notes what is in the file, and since when.
func (p *publications) wrote(families int, at time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.status.families, p.status.written = families, at
}

// noteWriting notes how an attempt to write ended, and logs when that changes.
func (s *Store) noteWriting(err error) {
	current := &s.published.current
	changed := current.failing != (err != nil)
	current.failing = err != nil
	if err != nil {
		s.published.mu.Lock()
		s.published.status.failures++
		s.published.mu.Unlock()
	}
	if !changed {
		return
	}
	s.news.add(func() {
		if err != nil {
			s.logger.Error("multiprocess: what collectors compute is not published", "dir", s.dir, "error", err)
		} else {
			s.logger.Info("multiprocess: what collectors compute is published again", "dir", s.dir)
		}
	})
}

// publicationHeader returns the header of a publication, and makes the process
// file that it belongs to if need be.
func (s *Store) publicationHeader() (*pmfile.Header, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	native := s.format.(*nativeFormat)
	if err := native.begin(); err != nil {
		return nil, fmt.Errorf("multiprocess: %w", err)
	}
	header := *native.writer.Header()
	header.Role, header.Created = pmfile.RolePublication, time.Now().UnixNano()
	return &header, nil
}

// replace puts a file in the place of the one with its name.
func (n *nativeFormat) replace(h *pmfile.Header, data []byte) (*mapped.File, error) {
	dir, err := mapped.OpenDirectory(n.kernel, n.dir)
	if err != nil {
		return nil, fmt.Errorf("multiprocess: %w", err)
	}
	defer dir.Close()
	file, err := pmfile.Replace(dir, h.Role, h.ID, data, n.fileMode, pmfile.WriterOptions{Headroom: n.headroom})
	if err != nil {
		return nil, fmt.Errorf("multiprocess: %w", err)
	}
	return file, nil
}

// discard removes the name of a publication, if that is still its own.
func (n *nativeFormat) discard(file *mapped.File) error {
	dir, err := mapped.OpenDirectory(n.kernel, n.dir)
	if err != nil {
		return fmt.Errorf("multiprocess: %w", err)
	}
	defer dir.Close()
	if err := dir.Remove(file); err != nil {
		return fmt.Errorf("multiprocess: %w", err)
	}
	return nil
}

func (p *publications) isClosed() bool {
	p.files.Lock()
	defer p.files.Unlock()
	return p.closed
}

// close lets go of the file, which stays.
func (p *publications) close() error {
	p.files.Lock()
	defer p.files.Unlock()
	file := p.current.file
	p.closed, p.current.file = true, nil
	p.wrote(0, time.Time{})
	if file == nil {
		return nil
	}
	return file.Close()
}
