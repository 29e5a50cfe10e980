package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"polymeter.dev/multiprocess"
)

// The exit codes of shells for a command that cannot be run.
const (
	exitNotExecutable = 126
	exitNotFound      = 127
	exitSignal        = 128 // and the number of the signal
)

func newRun() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "run [flags] -- COMMAND [ARG]...",
		Short: "Run a command and serve the metrics of its processes",
		Long: `Run starts a command and serves, as one page, what its processes count. It sets
` + multiprocess.DirEnv + ` for them to a new directory in memory, which it
removes in the end; or to that of --dir, or to the one that the variable already
names, and keeps these. Like serve it folds the files of processes that have
died, and answers at /metrics and /-/healthy.

The command has the standard input, output and error of this one, and signals
are passed on to it. It is not started when the address cannot be listened on.
When it has ended, run ends as well, with the same exit code, or with 128 and the
number of the signal that killed it. --linger leaves time for a last scrape; a
signal ends that.

The exit code is 126 for a command that cannot be executed, and 127 for one that
is not found. As process 1 of a container, run also takes care of processes whose
parents have died.`,
		Example: `  polymeter run -- gunicorn --workers 8 app:app
  polymeter run --addr 127.0.0.1:9100 --dir /dev/shm/app --linger 20s -- ./nightly-job`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return usagef("no command to run given")
			}
			return notEmpty("COMMAND", args[:1])
		},
	}
	cmd.Flags().SetInterspersed(false) // flags behind the command are its own
	r := &runner{cmd: cmd, sidecar: sidecarFlags(cmd)}
	cmd.Flags().StringVar(&r.dir, "dir", "", "directory that the processes share, and that is kept")
	cmd.Flags().DurationVar(&r.linger, "linger", 0, "how long to go on serving when the command has ended")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if err := r.sidecar.check(cmd.ErrOrStderr()); err != nil {
			return err
		}
		if r.linger < 0 {
			return usagef("--linger: %v is negative", r.linger)
		}
		if cmd.Flags().Changed("dir") {
			if err := notEmpty("--dir", []string{r.dir}); err != nil {
				return err
			}
		}
		r.logger = r.sidecar.logger
		return r.run(cmd.Context(), args)
	}
	return cmd
}

// runner runs a command beside a sidecar.
type runner struct {
	cmd     *cobra.Command
	sidecar *sidecarOptions
	dir     string
	linger  time.Duration
	logger  *slog.Logger
}

func (r *runner) run(ctx context.Context, args []string) error {
	program, err := lookUp(args[0])
	if err != nil {
		return err
	}
	dir, remove, err := r.directory()
	if err != nil {
		return err
	}
	defer remove()
	s, err := startSidecar([]string{dir}, r.sidecar)
	if err != nil {
		return err
	}
	serving, stop := context.WithCancel(context.WithoutCancel(ctx))
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		if err := s.serve(serving); err != nil {
			r.logger.Error("serving metrics has ended", "error", err) // the command matters more
		}
	}()
	defer func() { stop(); <-ended }()
	return r.supervise(ctx, r.command(program, args, dir))
}

// command prepares the command.
func (r *runner) command(program string, args []string, dir string) *exec.Cmd {
	c := &exec.Cmd{Path: program, Args: args}
	c.Env = append(os.Environ(), multiprocess.DirEnv+"="+dir)
	if old := strings.ToLower(multiprocess.DirEnv); os.Getenv(old) != "" {
		c.Env = append(c.Env, old+"="+dir) // some clients look there first
	}
	c.Stdin, c.Stdout, c.Stderr = r.cmd.InOrStdin(), r.cmd.OutOrStdout(), r.cmd.ErrOrStderr()
	return c
}

// lookUp finds the program of a command.
func lookUp(name string) (string, error) {
	program, err := exec.LookPath(name)
	if err == nil {
		return program, nil
	}
	code := exitNotExecutable
	if errors.Is(err, exec.ErrNotFound) || errors.Is(err, fs.ErrNotExist) {
		code = exitNotFound
	}
	var lookup *exec.Error
	if errors.As(err, &lookup) {
		err = lookup.Err
	}
	var path *fs.PathError
	if errors.As(err, &path) {
		err = path.Err
	}
	return "", &exitError{code, fmt.Errorf("%s: %w", name, err)}
}

// directory makes sure that there is a directory, and returns its absolute path
// and what has to be done with it in the end.
func (r *runner) directory() (dir string, remove func(), err error) {
	if dir = r.dir; dir == "" {
		dir = multiprocess.DirFromEnv()
	}
	if dir == "" {
		return r.temporary()
	}
	if dir, err = filepath.Abs(dir); err != nil {
		return "", nil, err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", nil, withoutOperation(err)
	}
	return dir, func() {}, nil
}

// memory is where Linux has a file system in memory for everybody.
const memory = "/dev/shm"

// temporary makes a directory, in memory if that can be had.
func (r *runner) temporary() (dir string, remove func(), err error) {
	const pattern = "polymeter-run-"
	if dir, err = os.MkdirTemp(memory, pattern); err != nil {
		if dir, err = os.MkdirTemp("", pattern); err != nil {
			return "", nil, withoutOperation(err)
		}
	}
	if dir, err = filepath.Abs(dir); err != nil {
		return "", nil, err
	}
	return dir, func() {
		if err := os.RemoveAll(dir); err != nil {
			r.logger.Warn("the directory is left behind", "dir", dir, "error", err)
		}
	}, nil
}
