//go:build unix

package main

import (
	"errors"
	"os"
	"os/exec"
	"os/signal"
	"slices"
	"syscall"

	"golang.org/x/sys/unix"
)

// relayed begins to receive the signals that are passed on to the command. One
// that was ignored when this program started stays so, as under nohup; the
// command inherits that.
func relayed() (signals chan os.Signal, stop func()) {
	relay := []os.Signal{
		syscall.SIGHUP, syscall.SIGINT, syscall.SIGQUIT, syscall.SIGTERM,
		syscall.SIGUSR1, syscall.SIGUSR2, syscall.SIGALRM, syscall.SIGWINCH,
	}
	if tty := controllingTerminal(); tty != nil {
		tty.Close()
	} else {
		// Where there is no terminal these are not about job control, but
		// whatever the command takes them for.
		relay = append(relay, syscall.SIGTSTP, syscall.SIGTTIN, syscall.SIGTTOU, syscall.SIGCONT)
	}
	relay = slices.DeleteFunc(relay, signal.Ignored)
	signals = make(chan os.Signal, 64)
	signal.Notify(signals, relay...)
	// A log that nobody reads must not end this program before the command.
	// Ignoring the signal would have the command ignore it, too.
	broken := make(chan os.Signal, 1)
	signal.Notify(broken, syscall.SIGPIPE)
	return signals, func() {
		signal.Stop(signals)
		signal.Stop(broken)
	}
}

// reachesCommand reports whether a signal has to be passed on. What is typed at
// a terminal goes to all processes in its foreground, and some programs take the
// second interrupt for impatience.
func reachesCommand(s os.Signal) bool {
	return s != syscall.SIGINT && s != syscall.SIGQUIT || !inForeground()
}

// inForeground reports whether this process is in the foreground of a terminal.
func inForeground() bool {
	tty := controllingTerminal()
	if tty == nil {
		return false
	}
	defer tty.Close()
	group, err := unix.IoctlGetInt(int(tty.Fd()), unix.TIOCGPGRP)
	own, failed := unix.Getpgid(0)
	return err == nil && failed == nil && group == own
}

// controllingTerminal opens the terminal that this process belongs to; nil means
// that there is none.
func controllingTerminal() *os.File {
	tty, err := os.OpenFile("/dev/tty", os.O_RDONLY|syscall.O_NOCTTY, 0)
	if err != nil {
		return nil
	}
	return tty
}

// asksForEnd reports whether a signal ends a program that does not handle it.
func asksForEnd(s os.Signal) bool {
	switch s {
	case syscall.SIGHUP, syscall.SIGINT, syscall.SIGQUIT, syscall.SIGTERM:
		return true
	}
	return false
}

func terminate(p *os.Process) error { return p.Signal(syscall.SIGTERM) }

// wait waits for the command and returns its exit code, or 128 and the number of
// the signal that killed it.
func wait(command *exec.Cmd) (int, error) {
	if os.Getpid() == 1 {
		return reap(command.Process.Pid)
	}
	err := command.Wait()
	if command.ProcessState == nil {
		return exitFailure, err
	}
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		err = nil
	}
	status, _ := command.ProcessState.Sys().(syscall.WaitStatus)
	return exitCode(status), err
}

// reap waits for the command as process 1 has to: for every process, since those
// whose parents have died have become its children, and stay zombies until
// somebody takes note of their end. The command is this program's only child of
// its own, so nobody else waits for one.
func reap(pid int) (int, error) {
	for {
		var status syscall.WaitStatus
		ended, err := syscall.Wait4(-1, &status, 0, nil)
		switch {
		case errors.Is(err, syscall.EINTR):
		case err != nil:
			return exitFailure, os.NewSyscallError("wait", err)
		case ended == pid:
			return exitCode(status), nil
		}
	}
}

func exitCode(status syscall.WaitStatus) int {
	if status.Signaled() {
		return exitSignal + int(status.Signal())
	}
	return status.ExitStatus()
}
