package pmfile

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"math"
	"strings"
	"unicode/utf8"

	"polymeter.dev/internal/damage"
)

// Version is the version of the format that this package writes, and the
// highest that it reads.
const Version = 1

// MaxIdentifier is the length of the longest identifier in bytes.
const MaxIdentifier = 128

// Where a header has what changes, and where it ends.
const (
	// UsedAt is the offset of the word that says how many bytes of the file
	// are published.
	UsedAt = 256
	// ChangesAt is the offset of the word that is odd while records which are
	// already published change.
	ChangesAt = 264
	// FirstRecord is the offset of the first record.
	FirstRecord = 320
)

const (
	magic     = "\x89PMF\r\n\x1a\n"
	byteOrder = 0x0A0B0C0D

	versionAt    = 8
	byteOrderAt  = 12
	roleAt       = 16
	idAt         = 24
	bootAt       = 40
	createdAt    = 56
	pidAt        = 64
	generationAt = 72
	lengthAt     = 80
	identifierAt = 84
	checksumAt   = 244
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// Header is what a file says about itself; it never changes.
type Header struct {
	// Version is that of the format; zero means [Version].
	Version uint32
	Role    Role
	ID      ID
	// Boot is the identity of the boot that the file was made under; zero where
	// there is none.
	Boot [16]byte
	// Created is in nanoseconds since the Unix epoch.
	Created int64
	// PID is the process id, as the process itself sees it.
	PID uint64
	// Generation is how often an archive was folded before.
	Generation uint64
	// Identifier becomes the label pid of gauges. Bytes beyond [MaxIdentifier]
	// are cut off when it is written.
	Identifier string
}

// AppendHeader appends the header of a file of which used bytes are published,
// the header included.
func AppendHeader(dst []byte, h *Header, used int) []byte {
	var b [FirstRecord]byte
	order := binary.NativeEndian
	copy(b[:], magic)
	version := h.Version
	if version == 0 {
		version = Version
	}
	order.PutUint32(b[versionAt:], version)
	order.PutUint32(b[byteOrderAt:], byteOrder)
	b[roleAt] = byte(h.Role)
	copy(b[idAt:], h.ID[:])
	copy(b[bootAt:], h.Boot[:])
	order.PutUint64(b[createdAt:], uint64(h.Created))
	order.PutUint64(b[pidAt:], h.PID)
	order.PutUint64(b[generationAt:], h.Generation)
	identifier := cutText(h.Identifier)
	order.PutUint32(b[lengthAt:], uint32(len(identifier)))
	copy(b[identifierAt:], identifier)
	order.PutUint32(b[checksumAt:], crc32.Checksum(b[:checksumAt], castagnoli))
	order.PutUint64(b[UsedAt:], uint64(used))
	return append(dst, b[:]...)
}

// cutText makes an identifier one that fits.
func cutText(s string) string {
	s = strings.ToValidUTF8(s, string(utf8.RuneError))
	if len(s) <= MaxIdentifier {
		return s
	}
	end := MaxIdentifier
	for !utf8.RuneStart(s[end]) {
		end--
	}
	return s[:end]
}

// DecodeHeader reads the header at the beginning of a file's bytes. What
// [UsedAt] and [ChangesAt] say is not in it.
func DecodeHeader(data []byte) (Header, *damage.Error) {
	if len(data) < FirstRecord {
		return Header{}, &damage.Error{Reason: reasonShort}
	}
	var b [UsedAt]byte // does not change any more
	copy(b[:], data)
	if reason := checkHeader(&b); reason != "" {
		return Header{}, &damage.Error{Reason: reason}
	}
	order := binary.NativeEndian
	h := Header{
		Version:    order.Uint32(b[versionAt:]),
		Role:       Role(b[roleAt]),
		ID:         ID(b[idAt:]),
		Boot:       [16]byte(b[bootAt:]),
		Created:    int64(order.Uint64(b[createdAt:])),
		PID:        order.Uint64(b[pidAt:]),
		Generation: order.Uint64(b[generationAt:]),
	}
	length := order.Uint32(b[lengthAt:])
	if h.Role < RoleProcess || h.Role > RoleArchive || length > MaxIdentifier {
		return Header{}, &damage.Error{Reason: reasonHeader}
	}
	h.Identifier = string(b[identifierAt : identifierAt+length])
	if !utf8.ValidString(h.Identifier) {
		return Header{}, &damage.Error{Reason: reasonHeader}
	}
	return h, nil
}

// HasMagic reports whether data begins as every file of the format does, whatever
// comes after.
func HasMagic(data []byte) bool { return bytes.HasPrefix(data, []byte(magic)) }

// checkHeader returns why a header is not one that can be read, or "".
func checkHeader(b *[UsedAt]byte) string {
	order := binary.NativeEndian
	version := order.Uint32(b[versionAt:])
	switch {
	case !HasMagic(b[:]):
		return reasonMagic
	case order.Uint32(b[byteOrderAt:]) != byteOrder:
		return reasonOrder
	case version > Version:
		return ReasonVersion
	case version == 0 || order.Uint32(b[checksumAt:]) != crc32.Checksum(b[:checksumAt], castagnoli):
		return reasonHeader
	}
	return ""
}

// Used converts the word at [UsedAt] to what [NewWalker] takes. A number that
// cannot be is damage; one that is beyond the end of the file, the walker finds
// when it gets there.
func Used(word uint64) (int, *damage.Error) {
	if word < FirstRecord || word%wordSize != 0 {
		return FirstRecord, &damage.Error{Offset: UsedAt, Reason: reasonUsed}
	}
	return int(min(word, math.MaxInt/wordSize*wordSize)), nil
}
