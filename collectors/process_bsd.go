//go:build darwin || dragonfly || freebsd || netbsd || openbsd

package collectors

import (
	"os"
	"syscall"
	"time"
)

// processSource asks system calls, which speak of the calling process only.
type processSource struct{}

func (*processSource) offers(pid int) []processMetric {
	if !isSelf(pid) {
		return nil
	}
	return []processMetric{cpuSeconds, maxFDs}
}

func (*processSource) read(pid int, r *processReading) {
	if !isSelf(pid) {
		return
	}
	var usage syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &usage) == nil {
		r.set(cpuSeconds, time.Duration(usage.Utime.Nano()+usage.Stime.Nano()).Seconds())
	}
	var limit syscall.Rlimit
	if syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit) == nil {
		r.set(maxFDs, float64(limit.Cur))
	}
}

func isSelf(pid int) bool { return pid == 0 || pid == os.Getpid() }
