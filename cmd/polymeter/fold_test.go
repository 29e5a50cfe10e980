package main

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// Passes follow one another in every directory, and only changes are logged.
func TestFolder(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 35*time.Second)
		defer cancel()
		begin := time.Now()
		var log bytes.Buffer
		var passes []string
		f := &folder{
			dirs:   []string{"a", "b"},
			every:  10 * time.Second,
			logger: slog.New(slog.NewTextHandler(&log, nil)),
		}
		f.pass = func(_ context.Context, dir string) error {
			at := time.Since(begin)
			passes = append(passes, dir+at.String())
			if dir == "b" && (at == 10*time.Second || at == 20*time.Second) {
				return errors.New("full")
			}
			return nil
		}
		f.run(ctx)
		if want := []string{"a0s", "b0s", "a10s", "b10s", "a20s", "b20s", "a30s", "b30s"}; !slices.Equal(passes, want) {
			t.Errorf("passes %q", passes)
		}
		if lines := strings.Split(log.String(), "\n"); len(lines) != 3 ||
			!strings.Contains(lines[0], `level=WARN msg="folding dead processes fails" dir=b error=full`) ||
			!strings.Contains(lines[1], `level=INFO msg="folding dead processes works again" dir=b`) {
			t.Errorf("log\n%s", log.String())
		}
	})
}

func TestFolderTurnedOff(t *testing.T) {
	t.Parallel()
	f := &folder{dirs: []string{"a"}, pass: func(context.Context, string) error {
		t.Error("a pass")
		return nil
	}}
	f.run(t.Context())
}

// A pass that the end has interrupted has not failed.
func TestFolderInterrupted(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	f := &folder{dirs: []string{"a"}, every: time.Hour, logger: slog.New(slog.NewTextHandler(failingWriter{t}, nil))}
	f.pass = func(context.Context, string) error {
		cancel()
		return context.Canceled
	}
	f.run(ctx)
}

type failingWriter struct{ t *testing.T }

func (w failingWriter) Write(p []byte) (int, error) {
	w.t.Errorf("log %q", p)
	return len(p), nil
}
