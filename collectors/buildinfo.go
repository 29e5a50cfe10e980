package collectors

import (
	"context"
	"runtime/debug"

	"polymeter.dev/metric"
)

// buildInfo shows the main module.
type buildInfo struct{ path, version, checksum string }

// NewBuildInfo returns a collector of go_build_info, whose labels are the path,
// the version and the checksum of the main module. What the linker knew is
// shown as it is: a program built from a checkout has no checksum. Without
// module support all are "unknown". The collector is a [metric.Describer] and
// may be used concurrently.
func NewBuildInfo() metric.Collector {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return buildInfo{"unknown", "unknown", "unknown"}
	}
	return buildInfo{info.Main.Path, info.Main.Version, info.Main.Sum}
}

// Describe implements [metric.Describer].
func (b buildInfo) Describe() []*metric.Desc { return []*metric.Desc{b.family().Desc()} }

// Collect implements [metric.Collector].
func (b buildInfo) Collect(_ context.Context, emit func(metric.Family) error) error {
	return emit(b.family())
}

func (b buildInfo) family() *metric.InfoFamily {
	f := metric.NewInfoFamily("go_build_info", "Main module of the program.", "path", "version", "checksum")
	f.Add(nil, b.path, b.version, b.checksum)
	return f
}
