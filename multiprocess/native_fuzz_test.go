//go:build unix

package multiprocess_test

import (
	"encoding/binary"
	"hash/crc32"
)

// seal makes the checksum of a record right.
func seal(data []byte, at int) {
	castagnoli := crc32.MakeTable(crc32.Castagnoli)
	length := int(binary.NativeEndian.Uint32(data[at+8:]))
	sum := crc32.Update(crc32.Checksum(data[at:at+12], castagnoli), castagnoli, data[at+16:at+16+length])
	binary.NativeEndian.PutUint32(data[at+12:], sum)
}
