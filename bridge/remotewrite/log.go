package remotewrite

import (
	"log/slog"
	"sync"
	"time"
)

// logInterval is how often the same message is logged at most.
const logInterval = time.Minute

// warner logs what goes wrong, without filling the log while it lasts.
type warner struct {
	logger *slog.Logger // nil means the default one of the moment

	mu   sync.Mutex
	last map[string]time.Time
}

// warn logs a message, unless it was logged within the interval.
func (l *warner) warn(message string, args ...any) {
	if l.due(message) {
		l.to().Warn(message, args...)
	}
}

func (l *warner) info(message string, args ...any) { l.to().Info(message, args...) }

func (l *warner) to() *slog.Logger {
	if l.logger == nil {
		return slog.Default()
	}
	return l.logger
}

func (l *warner) due(message string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	if last, found := l.last[message]; found && now.Sub(last) < logInterval {
		return false
	}
	if l.last == nil {
		l.last = make(map[string]time.Time)
	}
	l.last[message] = now
	return true
}
