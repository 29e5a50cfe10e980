package pmfile

import (
	"crypto/rand"
	"encoding/hex"
	"strings"
)

// Role is what a file is for.
type Role uint8

// The roles of files.
const (
	// RoleProcess is a file that one process counts in.
	RoleProcess Role = iota + 1
	// RolePublication is what one process publishes from its collectors.
	RolePublication
	// RoleArchive is what the processes that have ended counted.
	RoleArchive
)

// String returns "process", "publication" or "archive".
func (r Role) String() string {
	switch r {
	case RoleProcess:
		return "process"
	case RolePublication:
		return "publication"
	case RoleArchive:
		return "archive"
	}
	return "invalid"
}

// ID is the identity of a file, which no other file ever has.
type ID [16]byte

// NewID returns a new identity.
func NewID() ID {
	var id ID
	rand.Read(id[:]) // never fails
	return id
}

// String returns the identity as it stands in names: 32 lower-case hexadecimal
// digits.
func (id ID) String() string { return hex.EncodeToString(id[:]) }

const (
	// ArchiveName is the name of the archive.
	ArchiveName = "archive.pm"
	// NextName is the name of an archive that is still being written.
	NextName = ".next"

	processPrefix     = "w-"
	publicationPrefix = "p-"
	extension         = ".pm"
)

// FileName returns the name of the file with this role and identity; an
// archive's does not depend on its identity.
func FileName(r Role, id ID) string {
	switch r {
	case RoleProcess:
		return processPrefix + id.String() + extension
	case RolePublication:
		return publicationPrefix + id.String() + extension
	}
	return ArchiveName
}

// ParseName reads the name of a file and reports whether readers look at it.
// The name of an archive says nothing about its identity, which is zero here.
func ParseName(name string) (Role, ID, bool) {
	if name == ArchiveName {
		return RoleArchive, ID{}, true
	}
	role := RoleProcess
	digits, ok := strings.CutPrefix(name, processPrefix)
	if !ok {
		role = RolePublication
		digits, ok = strings.CutPrefix(name, publicationPrefix)
	}
	digits, complete := strings.CutSuffix(digits, extension)
	if !ok || !complete {
		return 0, ID{}, false
	}
	id, ok := parseID(digits)
	if !ok {
		return 0, ID{}, false
	}
	return role, id, true
}

// parseID reads an identity in the one form that String gives it.
func parseID(digits string) (ID, bool) {
	var id ID
	if len(digits) != hex.EncodedLen(len(id)) {
		return ID{}, false
	}
	if _, err := hex.Decode(id[:], []byte(digits)); err != nil || id.String() != digits {
		return ID{}, false
	}
	return id, true
}
