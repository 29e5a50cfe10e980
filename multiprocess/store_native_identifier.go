package multiprocess

import (
	"math/rand/v2"
	"slices"

	"polymeter.dev/internal/mapped"
	"polymeter.dev/internal/pmfile"
)

// rival is another living process file of the directory.
type rival struct {
	id         pmfile.ID
	identifier string
}

// Two writers that begin at the same time may take the same identifier, since
// neither sees the other's file yet. So each looks again when its own has its
// name: of two files, the one that came later sees the other. A writer that sees
// another with its identifier begins a new file, whatever the other does, and
// leaves to chance which of the next free identifiers it takes.

func (n *nativeFormat) clashes(r rival) bool { return r.identifier == n.identifier() }

// yield gives up the file, in which nothing is yet, and its identifier.
func (n *nativeFormat) yield(dir *mapped.Directory, rivals []rival) {
	others := slices.DeleteFunc(slices.Clone(rivals), n.clashes)
	clashing := len(rivals) - len(others)
	_ = n.writer.Remove(dir) // a file that stays counts nothing
	_ = n.writer.Close()
	n.writer, n.id = nil, pmfile.NewID()
	n.variant = numberFree(n.wanted, others, rand.IntN(2*clashing+2))
}

// numberFree returns the number of the first identifier that no rival has, or of
// one behind it.
func numberFree(wanted string, rivals []rival, skip int) int {
	for variant := 1; ; variant++ {
		identifier := numbered(wanted, variant)
		taken := slices.ContainsFunc(rivals, func(r rival) bool { return r.identifier == identifier })
		switch {
		case taken:
		case skip == 0:
			return variant
		default:
			skip--
		}
	}
}

// rivals lists what it can.
func (n *nativeFormat) rivals() (all []rival) {
	folder, err := mapped.OpenFolder(n.kernel, n.dir)
	if err != nil {
		return nil
	}
	defer folder.Close()
	names, _ := folder.Names()
	for _, name := range names {
		if role, id, ok := pmfile.ParseName(name); ok && role == pmfile.RoleProcess && (n.writer == nil || id != n.id) {
			if identifier, living := identifierOf(folder, name); living {
				all = append(all, rival{id, identifier})
			}
		}
	}
	return all
}

// identifierOf returns the identifier of a process file, and whether its process
// is alive.
func identifierOf(folder *mapped.Folder, name string) (string, bool) {
	view, err := folder.Open(name)
	if err != nil {
		return "", false
	}
	defer view.Close()
	f := nativeFile{view: view}
	if f.readHeader() != nil || f.hasEnded() {
		return "", false
	}
	return f.header.Identifier, true
}
