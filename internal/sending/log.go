package sending

import (
	"log/slog"
	"sync"
	"time"
)

// logInterval is how often the same message is logged at most.
const logInterval = time.Minute

// Log logs what goes wrong, without filling the log while it lasts. It may be used
// concurrently; the zero value logs to the default logger.
type Log struct {
	// Logger is where messages go; nil means the default one of the moment.
	Logger *slog.Logger

	mu   sync.Mutex
	last map[string]time.Time
}

// Warn logs a warning, unless the same message was logged within the last minute.
func (l *Log) Warn(message string, args ...any) {
	if l.due(message) {
		l.to().Warn(message, args...)
	}
}

// Info logs something worth knowing.
func (l *Log) Info(message string, args ...any) { l.to().Info(message, args...) }

func (l *Log) to() *slog.Logger {
	if l.Logger == nil {
		return slog.Default()
	}
	return l.Logger
}

func (l *Log) due(message string) bool {
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
