package metric

import (
	"os"
	"strings"
	"sync/atomic"
)

// legacyEnv is the environment variable of the Python client for the same
// setting.
const legacyEnv = "PROMETHEUS_LEGACY_NAME_VALIDATION"

const (
	switchUnread uint32 = iota // the environment has not been looked at yet
	switchOff
	switchOn
)

var legacySwitch atomic.Uint32

// LegacyValidationEnabled reports whether [ValidationDefault] means
// [LegacyValidation] in this process. Unless one of [EnableLegacyValidation]
// and [DisableLegacyValidation] was called, that is so when the environment
// variable PROMETHEUS_LEGACY_NAME_VALIDATION, read once at first use, is
// "true", "1" or "t" in any case. All three functions may be called
// concurrently.
func LegacyValidationEnabled() bool {
	state := legacySwitch.Load()
	if state == switchUnread {
		// A concurrent explicit setting wins over the environment.
		legacySwitch.CompareAndSwap(switchUnread, switchFromEnv())
		state = legacySwitch.Load()
	}
	return state == switchOn
}

// EnableLegacyValidation makes [ValidationDefault] mean [LegacyValidation]
// from now on. Names that were accepted before stay valid.
func EnableLegacyValidation() { legacySwitch.Store(switchOn) }

// DisableLegacyValidation makes [ValidationDefault] mean [UTF8Validation] from
// now on.
func DisableLegacyValidation() { legacySwitch.Store(switchOff) }

func switchFromEnv() uint32 {
	switch strings.ToLower(os.Getenv(legacyEnv)) {
	case "true", "1", "t":
		return switchOn
	}
	return switchOff
}
