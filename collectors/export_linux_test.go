package collectors

import "polymeter.dev/metric"

// NewProcessAt is NewProcess with /proc mounted elsewhere.
func NewProcessAt(mount string, o *ProcessOptions) metric.Collector {
	p := newProcess(o)
	p.source.mount = mount
	return p
}
