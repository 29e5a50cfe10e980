//go:build unix

package main

import (
	"context"
	"fmt"
	"log"
	"net"
	"os"
	"os/exec"
	"strconv"
)

// generationEnv tells a process which generation it is, and that it inherits the
// port.
const generationEnv = "EXAMPLE_RESTART_GENERATION"

// port is the descriptor of the port that a generation inherits, and ready that
// of the pipe through which it says that it serves.
const (
	port  = 3
	ready = 4
)

// inherit returns the port of the generation before, or nil for the first one.
func inherit() (net.Listener, int, error) {
	if os.Getenv(generationEnv) == "" {
		return nil, 1, nil
	}
	generation, err := strconv.Atoi(os.Getenv(generationEnv))
	if err != nil {
		return nil, 0, err
	}
	file := os.NewFile(port, "port")
	defer file.Close()
	listener, err := net.FileListener(file)
	if err != nil {
		return nil, 0, err
	}
	pipe := os.NewFile(ready, "ready")
	fmt.Fprintln(pipe, "ready")
	return listener, generation, pipe.Close()
}

// handOver waits for a signal and starts the next generation. It returns when that
// one serves, or when ctx is done.
func handOver(ctx context.Context, hangups <-chan os.Signal, listener *net.TCPListener, generation int) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-hangups:
		}
		err := startNext(listener, generation+1)
		if err == nil {
			return nil
		}
		log.Printf("generation %d goes on: %v", generation, err)
	}
}

// startNext starts a generation and waits until it serves.
func startNext(listener *net.TCPListener, generation int) error {
	file, err := listener.File()
	if err != nil {
		return err
	}
	defer file.Close()
	begun, says, err := os.Pipe()
	if err != nil {
		return err
	}
	defer begun.Close()
	next := exec.Command(os.Args[0])
	next.Env = append(os.Environ(), generationEnv+"="+strconv.Itoa(generation))
	next.Stdin, next.Stdout, next.Stderr = os.Stdin, os.Stdout, os.Stderr
	next.ExtraFiles = []*os.File{file, says}
	err = next.Start()
	says.Close()
	if err != nil {
		return err
	}
	var word string
	if _, err := fmt.Fscanln(begun, &word); err != nil {
		return fmt.Errorf("generation %d does not begin: %w", generation, err)
	}
	return nil
}
