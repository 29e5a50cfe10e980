package collectors

import (
	"sync"

	"github.com/prometheus/procfs"
)

// userHZ is how many clock ticks /proc counts in a second, on every
// architecture that Go supports.
const userHZ = 100

// processSource reads /proc.
type processSource struct {
	mount string // "" means /proc

	mu sync.Mutex
	// started is when the process that began ticks after the boot did so. It
	// is kept because reading it takes long on a machine with many processors,
	// and because the kernel's idea of the boot time moves with the clock: a
	// start time that moved would look like a restart.
	ticks   uint64
	started float64
}

func (*processSource) offers(int) []processMetric {
	all := make([]processMetric, numProcessMetrics)
	for i := range all {
		all[i] = processMetric(i)
	}
	return all
}

func (s *processSource) read(pid int, r *processReading) {
	fs, proc, err := s.open(pid)
	if err != nil {
		return
	}
	if stat, err := proc.Stat(); err == nil {
		r.set(cpuSeconds, stat.CPUTime())
		r.set(virtualMemory, float64(stat.VirtualMemory()))
		r.set(residentMemory, float64(stat.ResidentMemory()))
		s.readStart(fs, stat.Starttime, r)
	}
	if n, err := proc.FileDescriptorsLen(); err == nil {
		r.set(openFDs, float64(n))
	}
	if limits, err := proc.Limits(); err == nil {
		r.set(maxFDs, float64(limits.OpenFiles))
		r.set(virtualMemoryMax, float64(limits.AddressSpace))
	}
	readNetwork(proc, r)
}

// open finds the process. The one that collects is asked for as "self", as
// /proc may be that of a PID namespace in which it has another number.
func (s *processSource) open(pid int) (procfs.FS, procfs.Proc, error) {
	mount := s.mount
	if mount == "" {
		mount = procfs.DefaultMountPoint
	}
	fs, err := procfs.NewFS(mount)
	if err != nil {
		return fs, procfs.Proc{}, err
	}
	var proc procfs.Proc
	if pid == 0 {
		proc, err = fs.Self()
	} else {
		proc, err = fs.Proc(pid)
	}
	return fs, proc, err
}

func (s *processSource) readStart(fs procfs.FS, ticks uint64, r *processReading) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.started == 0 || s.ticks != ticks {
		stat, err := fs.Stat()
		if err != nil || stat.BootTime == 0 {
			return
		}
		s.ticks, s.started = ticks, float64(stat.BootTime)+float64(ticks)/userHZ
	}
	r.set(startTime, s.started)
}

// readNetwork takes what was readable even if the file goes on in an unknown
// way.
func readNetwork(proc procfs.Proc, r *processReading) {
	stat, _ := proc.Netstat()
	if n := stat.InOctets; n != nil {
		r.set(networkReceive, *n)
	}
	if n := stat.OutOctets; n != nil {
		r.set(networkTransmit, *n)
	}
}
