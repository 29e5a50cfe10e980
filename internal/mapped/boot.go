package mapped

import (
	"encoding/hex"
	"strings"
	"sync"
)

var boot = sync.OnceValue(bootID)

// Boot returns what tells this run of the operating system from all others: one
// number for all its processes, in whatever container. It is zero where the
// system has no such number.
func Boot() [16]byte { return boot() }

// parseID reads 32 hexadecimal digits, which may have hyphens in between, as
// systems write them. Anything else is zero.
func parseID(text string) [16]byte {
	id, err := hex.DecodeString(strings.ReplaceAll(strings.TrimSpace(text), "-", ""))
	if err != nil || len(id) != 16 {
		return [16]byte{}
	}
	return [16]byte(id)
}
