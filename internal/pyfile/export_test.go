package pyfile

import (
	"encoding/binary"
	"slices"
)

// SignAppendix returns a file with an appendix that has those bytes and numbers,
// and checksums that are right.
func SignAppendix(body, rest []byte, sums, names uint32) []byte {
	appendix := append(appendAppendix(body, &Appendix{}), rest...)
	binary.NativeEndian.PutUint32(appendix[12:], uint32(len(appendix)))
	binary.NativeEndian.PutUint32(appendix[48:], sums)
	binary.NativeEndian.PutUint32(appendix[52:], names)
	binary.NativeEndian.PutUint32(appendix[checkAt:], appendixChecksum(appendix))
	return append(slices.Clone(body), appendix...)
}
