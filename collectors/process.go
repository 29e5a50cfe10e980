package collectors

import (
	"context"

	"polymeter.dev/metric"
)

// ProcessOptions configures [NewProcess]. The zero value, like nil, is the
// default.
type ProcessOptions struct {
	// PID is the process to show; 0 means the one that collects. It may end
	// and its number be given to another while the collector is in use.
	PID int
	// Namespace, if any, and an underscore are put before every name, to tell
	// several processes on one page apart.
	Namespace string
}

// processMetric is one of the process metrics.
type processMetric int

// The process metrics in the order in which they are shown.
const (
	cpuSeconds processMetric = iota
	openFDs
	maxFDs
	virtualMemory
	virtualMemoryMax
	residentMemory
	startTime
	networkReceive
	networkTransmit
	numProcessMetrics
)

var processFamilies = [numProcessMetrics]struct {
	typ        metric.Type
	name, help string
}{
	cpuSeconds:       {metric.TypeCounter, "process_cpu_seconds_total", "CPU time spent in user and system mode."},
	openFDs:          {metric.TypeGauge, "process_open_fds", "Open file descriptors."},
	maxFDs:           {metric.TypeGauge, "process_max_fds", "Most file descriptors that may be open."},
	virtualMemory:    {metric.TypeGauge, "process_virtual_memory_bytes", "Size of the virtual memory."},
	virtualMemoryMax: {metric.TypeGauge, "process_virtual_memory_max_bytes", "Most virtual memory that may be used; 2^64 when unlimited."},
	residentMemory:   {metric.TypeGauge, "process_resident_memory_bytes", "Size of the resident memory."},
	startTime:        {metric.TypeGauge, "process_start_time_seconds", "Start of the process, as Unix time."},
	networkReceive:   {metric.TypeCounter, "process_network_receive_bytes_total", "Bytes received in the network namespace of the process."},
	networkTransmit:  {metric.TypeCounter, "process_network_transmit_bytes_total", "Bytes sent in the network namespace of the process."},
}

// processReading holds what could be read of a process.
type processReading struct {
	values [numProcessMetrics]float64
	known  [numProcessMetrics]bool
}

func (r *processReading) set(m processMetric, v float64) {
	r.values[m], r.known[m] = v, true
}

type process struct {
	pid    int
	prefix string
	// source reads processes in the way of the platform.
	source processSource
}

// NewProcess returns a collector of the process metrics: CPU time, memory, file
// descriptors, start time and network traffic on Linux; on other platforms
// those that the standard library can tell, which may be none. What cannot be
// read, such as the open files of another user's process, is left out and
// spoils nothing else; of a process that has ended, everything is. The
// collector is a [metric.Describer] and may be used concurrently.
func NewProcess(o *ProcessOptions) metric.Collector { return newProcess(o) }

func newProcess(o *ProcessOptions) *process {
	if o == nil {
		o = &ProcessOptions{}
	}
	p := &process{pid: o.PID}
	if o.Namespace != "" {
		p.prefix = o.Namespace + "_"
	}
	return p
}

// Describe implements [metric.Describer].
func (p *process) Describe() []*metric.Desc {
	offered := p.source.offers(p.pid)
	descs := make([]*metric.Desc, 0, len(offered))
	for _, m := range offered {
		descs = append(descs, p.family(m).Desc())
	}
	return descs
}

// Collect implements [metric.Collector].
func (p *process) Collect(_ context.Context, emit func(metric.Family) error) error {
	var reading processReading
	p.source.read(p.pid, &reading)
	for m := range numProcessMetrics {
		if !reading.known[m] {
			continue
		}
		f := p.family(m)
		f.sample.Value = reading.values[m]
		if err := emit(f); err != nil {
			return err
		}
	}
	return nil
}

func (p *process) family(m processMetric) *scalar {
	f := &processFamilies[m]
	return newScalar(f.typ, p.prefix+f.name, f.help)
}
