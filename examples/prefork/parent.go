//go:build unix

package main

import (
	"context"
	"errors"
	"log"
	"net"
	"os"
	"os/exec"
	"sync"
	"syscall"
)

// workerEnv tells a process that it is a worker.
const workerEnv = "EXAMPLE_PREFORK_WORKER"

// portOf returns the listener as a file for the workers. They share its mode with
// each other, and to hand on the file that the listener makes would turn on
// blocking each time, so that a worker could be stuck waiting for a connection
// that another one took. A duplicate of it leaves the mode alone.
func portOf(listener *net.TCPListener) (*os.File, error) {
	file, err := listener.File()
	if err != nil {
		return nil, err
	}
	defer file.Close()
	port, err := syscall.Dup(int(file.Fd()))
	if err != nil {
		return nil, err
	}
	syscall.CloseOnExec(port)
	return os.NewFile(uintptr(port), "port"), nil
}

// supervise keeps a number of workers running until ctx is done.
func supervise(ctx context.Context, port *os.File, workers int) error {
	errs := make([]error, workers)
	var running sync.WaitGroup
	for i := range workers {
		running.Go(func() {
			for errs[i] == nil && ctx.Err() == nil {
				errs[i] = runWorker(ctx, port)
			}
		})
	}
	running.Wait()
	return errors.Join(errs...)
}

// runWorker runs one worker to its end. A worker serves for as long as its
// standard input is open, and so not longer than its parent lives.
func runWorker(ctx context.Context, port *os.File) error {
	worker := exec.Command(os.Args[0])
	worker.Env = append(os.Environ(), workerEnv+"=1")
	worker.ExtraFiles = []*os.File{port}
	worker.Stderr = os.Stderr
	leash, err := worker.StdinPipe()
	if err != nil {
		return err
	}
	if err := worker.Start(); err != nil {
		return err
	}
	defer context.AfterFunc(ctx, func() { leash.Close() })()
	// What a dead worker counted stays, and its gauges of the living go, without
	// anything being said to anybody.
	if err := worker.Wait(); err != nil {
		log.Printf("worker %d: %v", worker.Process.Pid, err)
	}
	return nil
}
