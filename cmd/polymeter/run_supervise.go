package main

import (
	"context"
	"os"
	"os/exec"
	"time"
)

// supervise runs the command to its end, passes signals on to it, and returns
// its exit code as an error.
func (r *runner) supervise(ctx context.Context, command *exec.Cmd) error {
	// Before there is a command signals wait, so that it gets them all.
	signals, stop := relayed()
	defer stop()
	if err := command.Start(); err != nil {
		return &exitError{exitNotExecutable, withoutOperation(err)}
	}
	code := r.await(ctx, command, signals)
	r.logger.Debug("the command has ended", "code", code)
	if r.linger > 0 {
		r.logger.Info("the command has ended; serving a little longer", "code", code, "linger", r.linger)
		linger(ctx, r.linger, signals)
	}
	if code == exitOK {
		return nil
	}
	return &exitError{code: code}
}

// await passes signals on until the command has ended, and returns its exit
// code.
func (r *runner) await(ctx context.Context, command *exec.Cmd, signals <-chan os.Signal) int {
	ended := make(chan int, 1)
	go func() {
		code, err := wait(command)
		if err != nil {
			r.logger.Warn("waiting for the command", "error", err)
		}
		ended <- code
	}()
	done := ctx.Done()
	for {
		select {
		case code := <-ended:
			return code
		case s := <-signals:
			if reachesCommand(s) {
				r.logger.Debug("signal", "signal", s.String())
				_ = command.Process.Signal(s) // it fails when the command has just ended
			}
		case <-done:
			_ = terminate(command.Process)
			done = nil
		}
	}
}

// linger waits for the duration, or until a signal asks for the end.
func linger(ctx context.Context, d time.Duration, signals <-chan os.Signal) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	for {
		select {
		case <-timer.C:
			return
		case <-ctx.Done():
			return
		case s := <-signals:
			if asksForEnd(s) {
				return
			}
		}
	}
}
