package pyfile

import (
	"crypto/rand"
	"strings"

	"polymeter.dev/metric"
)

// ArchiveID stands in the place of a process identifier in the name of an
// archive: the file with what processes counted that have ended.
const ArchiveID = "polymeter-archive"

// sealLength is the number of characters that tell sealed files from each other.
const sealLength = 26

// Sealed returns a name of its own for the file of a process that has ended,
// such as counter_4711.db_LGYG3ZSYKVWPJ7ZGQSTKTXVTQA.db. No process opens it for
// writing, and its identifier is still the same, for the Python client, too.
func (n Name) Sealed() string {
	return n.String() + "_" + rand.Text()[:sealLength] + extension
}

// IsSealed reports whether the name of a file is one that [Name.Sealed] gives.
func IsSealed(file string) bool {
	name, ok := ParseName(file)
	if !ok {
		return false
	}
	seal, ok := strings.CutPrefix(file, name.String()+"_")
	if !ok {
		return false
	}
	seal, ok = strings.CutSuffix(seal, extension)
	if !ok || len(seal) != sealLength {
		return false
	}
	return strings.Trim(seal, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567") == ""
}

// Archive returns the name of the archive for files of this type and mode.
func (n Name) Archive() Name {
	n.ID = ArchiveID
	return n
}

// HasArchive reports whether files of this type and mode are folded into an
// archive. Gauges that every process shows for itself are not, and those of
// live modes have nothing to say once their process has ended.
func (n Name) HasArchive() bool {
	return n.Type != metric.TypeGauge || n.Mode != metric.GaugeAll && !n.Mode.Live()
}
