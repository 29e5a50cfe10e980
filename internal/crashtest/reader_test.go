//go:build linux

package crashtest

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"

	"polymeter.dev/metric"
	"polymeter.dev/multiprocess"
)

// reader scrapes and checks what it gets.
type reader struct {
	number int
	ledger *ledger
	last   *page
	pages  int
}

// look scrapes once. The error has all that is wrong with the page.
func (r *reader) look(ctx context.Context, c metric.Collector) error {
	before, err := r.ledger.atLeast()
	if err != nil {
		return err
	}
	page, err := scrape(ctx, c)
	if err != nil {
		return fmt.Errorf("reader %d, page %d: %w", r.number, r.pages, err)
	}
	after, err := r.ledger.atMost()
	if err != nil {
		return err
	}
	wrong := page.check(before, after)
	if r.last != nil {
		wrong = append(wrong, page.checkAfter(r.last)...)
	}
	if len(wrong) > 0 {
		return fmt.Errorf("reader %d, page %d:\n\t%s", r.number, r.pages, strings.Join(wrong, "\n\t"))
	}
	r.ledger.see(r.number, page.seen())
	r.last = page
	r.pages++
	return nil
}

// freshEvery is how many pages there are for one of a collector that knows
// nothing yet.
const freshEvery = 8

// read scrapes until quit is closed, most often through one collector.
func (r *reader) read(ctx context.Context, dir string, quit <-chan struct{}) error {
	log := &silence{}
	options := &multiprocess.CollectorOptions{Logger: slog.New(log)}
	kept, err := multiprocess.NewCollector(dir, options)
	if err != nil {
		return err
	}
	for turn := 1; ; turn++ {
		select {
		case <-quit:
			return nil
		default:
		}
		collector := kept
		if turn%freshEvery == 0 {
			if collector, err = multiprocess.NewCollector(dir, options); err != nil {
				return err
			}
		}
		if err := r.look(ctx, collector); err != nil {
			return err
		}
		if err := log.broken(); err != nil {
			return fmt.Errorf("reader %d, page %d: %w", r.number, r.pages, err)
		}
	}
}

// silence is a log to which nobody should have anything to say: nothing is ever
// damaged, and nobody contradicts anybody.
type silence struct {
	forgive func(line string) bool // nil forgives nothing

	mu    sync.Mutex
	lines []string
}

// Enabled implements [slog.Handler].
func (s *silence) Enabled(_ context.Context, level slog.Level) bool { return level >= slog.LevelInfo }

// Handle implements [slog.Handler].
func (s *silence) Handle(_ context.Context, r slog.Record) error {
	line := r.Message
	r.Attrs(func(a slog.Attr) bool {
		line += " " + a.String()
		return true
	})
	if s.forgive != nil && s.forgive(line) {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lines = append(s.lines, line)
	return nil
}

// WithAttrs implements [slog.Handler].
func (s *silence) WithAttrs([]slog.Attr) slog.Handler { return s }

// WithGroup implements [slog.Handler].
func (s *silence) WithGroup(string) slog.Handler { return s }

func (s *silence) broken() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.lines) > 0 {
		return fmt.Errorf("logged: %s", strings.Join(s.lines, "; "))
	}
	return nil
}
