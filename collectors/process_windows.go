package collectors

import (
	"os"
	"syscall"
	"time"
)

// queryLimited is the access right PROCESS_QUERY_LIMITED_INFORMATION.
const queryLimited = 0x1000

// processSource asks for the times of a process.
type processSource struct{}

func (*processSource) offers(int) []processMetric {
	return []processMetric{cpuSeconds, startTime}
}

func (*processSource) read(pid int, r *processReading) {
	if pid == 0 {
		pid = os.Getpid()
	}
	handle, err := syscall.OpenProcess(queryLimited, false, uint32(pid))
	if err != nil {
		return
	}
	defer func() { _ = syscall.CloseHandle(handle) }()
	var created, exited, kernel, user syscall.Filetime
	if syscall.GetProcessTimes(handle, &created, &exited, &kernel, &user) == nil {
		r.set(cpuSeconds, (duration(kernel) + duration(user)).Seconds())
		r.set(startTime, float64(created.Nanoseconds())/1e9)
	}
}

// duration reads a span of time, counted in units of 100 nanoseconds.
func duration(t syscall.Filetime) time.Duration {
	return time.Duration(int64(t.HighDateTime)<<32|int64(t.LowDateTime)) * 100
}
