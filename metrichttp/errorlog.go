package metrichttp

import (
	"log/slog"
	"strings"
	"sync"
	"time"
)

const (
	// logInterval is how often the same message is logged at most.
	logInterval = time.Minute
	// logMessages is how many different messages are logged in an interval.
	logMessages = 100
)

// errorLog logs what goes wrong in scrapes, without filling the log with what
// goes wrong in every scrape.
type errorLog struct {
	logger *slog.Logger // nil means the default one of the moment

	mu         sync.Mutex
	since      time.Time
	seen       map[string]struct{}
	suppressed int
}

func newErrorLog(logger *slog.Logger) *errorLog {
	return &errorLog{logger: logger, seen: make(map[string]struct{})}
}

func (l *errorLog) reportAll(errs []error) {
	for _, err := range errs {
		l.report(err)
	}
}

func (l *errorLog) report(err error) {
	fresh, suppressed := l.admit(err)
	logger := l.logger
	if logger == nil {
		logger = slog.Default()
	}
	if suppressed > 0 {
		logger.Warn("metrichttp: scrape errors were not logged again", "count", suppressed)
	}
	if fresh {
		logger.Warn("metrichttp: a scrape is incomplete", "error", err)
	}
}

// admit reports whether the error is to be logged, and, at the start of a new
// interval, how many were not in the last one.
func (l *errorLog) admit(err error) (fresh bool, suppressed int) {
	key := logKey(err)
	l.mu.Lock()
	defer l.mu.Unlock()
	if now := time.Now(); now.Sub(l.since) >= logInterval {
		suppressed = l.suppressed
		l.since, l.suppressed = now, 0
		clear(l.seen)
	}
	if _, found := l.seen[key]; found || len(l.seen) >= logMessages {
		l.suppressed++
		return false, suppressed
	}
	l.seen[key] = struct{}{}
	return true, suppressed
}

// logKey returns what makes two errors the same: the first line, since the
// stack of a panic below it has addresses.
func logKey(err error) string {
	first, _, _ := strings.Cut(err.Error(), "\n")
	return first
}
