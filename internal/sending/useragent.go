package sending

import (
	"runtime/debug"
	"strings"
	"sync"
)

// UserAgent names what sends a request, with the version of this module where the build
// knows it.
var UserAgent = sync.OnceValue(func() string {
	const module = "polymeter.dev"
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "polymeter"
	}
	for _, m := range append(info.Deps, &info.Main) {
		if m.Path == module && m.Version != "" {
			return "polymeter/" + strings.Trim(m.Version, "()")
		}
	}
	return "polymeter"
})
