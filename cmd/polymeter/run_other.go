//go:build !unix

package main

import (
	"os"
	"os/exec"
	"os/signal"
)

// relayed receives the one signal that there is.
func relayed() (signals chan os.Signal, stop func()) {
	signals = make(chan os.Signal, 8)
	signal.Notify(signals, os.Interrupt)
	return signals, func() { signal.Stop(signals) }
}

// reachesCommand is false: what is typed goes to all processes of a console, and
// nothing else can be sent.
func reachesCommand(os.Signal) bool { return false }

func asksForEnd(os.Signal) bool { return true }

func terminate(p *os.Process) error { return p.Kill() }

// wait waits for the command and returns its exit code.
func wait(command *exec.Cmd) (int, error) {
	err := command.Wait()
	if command.ProcessState == nil {
		return exitFailure, err
	}
	return command.ProcessState.ExitCode(), nil
}
