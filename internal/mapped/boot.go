package mapped

import (
	"encoding/hex"
	"strings"
	"sync/atomic"
)

// Boot returns what tells this run of the operating system from all others: one
// number for all its processes, in whatever container. It is zero where the
// system has no such number, or does not tell this process, as when /proc/sys is
// hidden from it. Zero says nothing: two of them are not of the same run, nor is
// one of another run than any number.
func Boot() [16]byte { return boot.get() }

var boot = bootMemory{ask: bootID}

// bootMemory remembers the number once it is known. Not to have got it may be for
// the moment only: for want of descriptors, for example.
type bootMemory struct {
	ask   func() [16]byte
	known atomic.Pointer[[16]byte]
}

func (m *bootMemory) get() [16]byte {
	if known := m.known.Load(); known != nil {
		return *known
	}
	id := m.ask()
	if id != [16]byte{} {
		m.known.Store(&id)
	}
	return id
}

// parseID reads 32 hexadecimal digits, which may have hyphens in between, as
// systems write them. Anything else is zero.
func parseID(text string) [16]byte {
	id, err := hex.DecodeString(strings.ReplaceAll(strings.TrimSpace(text), "-", ""))
	if err != nil || len(id) != 16 {
		return [16]byte{}
	}
	return [16]byte(id)
}
