package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/spf13/cobra"
)

// The exit codes.
const (
	exitOK       = 0
	exitFailure  = 1
	exitUsage    = 2
	exitFindings = 3 // it works, but there is something to know
)

// errReported is the failure of a command that has already said why.
var errReported = errors.New("reported")

// exitError ends a command with a code of its own. Without an error there is
// nothing to say.
type exitError struct {
	code int
	err  error
}

func (e *exitError) Error() string {
	if e.err == nil {
		return fmt.Sprintf("exit code %d", e.code)
	}
	return e.err.Error()
}

func (e *exitError) Unwrap() error { return e.err }

// usageError is a command line that is wrong.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

func usagef(format string, args ...any) error {
	return usageError{fmt.Errorf(format, args...)}
}

// run executes the command line and returns the exit code.
func run(args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	return runContext(context.Background(), args, stdin, stdout, stderr)
}

// runContext is run with a context that ends commands that would not end by
// themselves, as a signal does.
func runContext(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	root := newRoot()
	root.SetArgs(append([]string{}, args...)) // cobra takes nil for os.Args
	root.SetIn(stdin)
	root.SetOut(stdout)
	root.SetErr(stderr)
	addExplaining(root) // which keeps the output that is set
	cmd, err := root.ExecuteContextC(ctx)
	var usage usageError
	var exit *exitError
	switch {
	case err == nil:
		return exitOK
	case errors.Is(err, errReported):
		return exitFailure
	case errors.As(err, &usage):
		fmt.Fprintf(stderr, "%s: %v\nRun %q for help.\n", cmd.CommandPath(), err, cmd.CommandPath()+" --help")
		return exitUsage
	case errors.As(err, &exit):
		if exit.err != nil {
			fmt.Fprintf(stderr, "%s: %s\n", cmd.CommandPath(), message(exit.err))
		}
		return exit.code
	}
	fmt.Fprintf(stderr, "%s: %s\n", cmd.CommandPath(), message(err))
	return exitFailure
}

func newRoot() *cobra.Command {
	root := &cobra.Command{
		Use:   "polymeter",
		Short: "Metrics of many processes, merged into one correct exposition",
		Long: `Polymeter merges, serves, folds and explains the metrics that many processes count in
shared files: those of programs that use the Go library polymeter.dev, and those of
the Python client library for Prometheus in multiprocess mode. It also converts,
checks and compares pages of metrics, whoever has written them.`,
		Example: `  polymeter demo
  polymeter run -- gunicorn app:app
  polymeter merge /dev/shm/app
  polymeter serve --dir /dev/shm/app --addr :9090
  polymeter check http://localhost:9090/metrics`,
		Version:       version(),
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          cobra.ArbitraryArgs,
		RunE:          withoutCommand,
	}
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usageError{err} })
	root.AddCommand(newDemo(), newDemoWorker(), newRun(), newServe(), newMerge(), newConvert(), newPush(), newBridge(), newCheck(), newDiff(), newTop(), newInspect(), newCompact(), newDoctor())
	return root
}

// withoutCommand reports a command line that names no command, or one that does
// not exist, below cmd.
func withoutCommand(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		cmd.SetOut(cmd.ErrOrStderr())
		if err := cmd.Help(); err != nil {
			return err
		}
		return usagef("no command given")
	}
	if err := notEmpty("command", args[:1]); err != nil {
		return err
	}
	if similar := cmd.SuggestionsFor(args[0]); len(similar) > 0 {
		return usagef("unknown command %q; did you mean %q?", args[0], similar[0])
	}
	return usagef("unknown command %q", args[0])
}

// noArguments refuses arguments that are no flags.
func noArguments(_ *cobra.Command, args []string) error {
	if len(args) > 0 {
		return usagef("unexpected argument %q", args[0])
	}
	return nil
}

// notEmpty refuses an empty argument. Most likely it was to be the value of a
// variable that is not set, and taking it for the working directory, or for no
// argument, would be about something else than was meant.
func notEmpty(what string, args []string) error {
	if slices.Contains(args, "") {
		return usagef("an empty %s is given; is a variable not set?", what)
	}
	return nil
}

// version is that of the module, with the commit of a build from a clone.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	v := info.Main.Version
	if v == "" {
		v = "(devel)"
	}
	return v + " " + info.GoVersion
}

// message renders an error for someone who knows that this is Polymeter.
func message(err error) string {
	text := err.Error()
	for _, prefix := range []string{"polymeter: ", "pushgateway: ", "remotewrite: ", "graphite: ", "exposition: ", "lint: ", "metric: ", "metrichttp: ", "multiprocess: ", "pyfile: "} {
		text = strings.TrimPrefix(text, prefix)
	}
	return text
}

// warn writes a line about something that does not end the command.
func warn(cmd *cobra.Command, format string, args ...any) {
	fmt.Fprintf(cmd.ErrOrStderr(), "%s: %s\n", cmd.CommandPath(), fmt.Sprintf(format, args...))
}
