package main

import (
	"context"
	"errors"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"polymeter.dev/multiprocess"
)

func newServe() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "serve [flags]",
		Short: "Serve the merged metrics of many processes over HTTP",
		Long: `Serve answers scrapes with what the processes that share a directory have
counted, merged anew each time: at /metrics, with the metrics of the merge
itself, whose names begin with polymeter_. /-/healthy says that the server is
alive. Without --dir it serves the directory that the environment variable
` + multiprocess.DirEnv + ` names. A directory may appear later.

A directory may hold files of both formats: Polymeter's own, which end in .pm,
and the Python client's, which end in .db.

Several directories are merged as if their files were in one: counters and
histograms of the same name add up, and gauges follow their mode. Where files
contradict each other about the type, mode or help of a family, the one of the
directory named first holds; the conflict is logged and counted.

Every few seconds the files of processes that have died are folded into one, so
that they do not pile up. No total changes by that. Gauges of live modes end with
their process, and those of the mode all after a while.

SIGTERM and SIGINT end the server after the requests in flight.`,
		Example: `  polymeter serve --dir /dev/shm/app --addr :9090
  polymeter serve --dir /dev/shm/web --dir /dev/shm/worker --fold-every 1m`,
		Args: noArguments,
	}
	dirs := cmd.Flags().StringArray("dir", nil, "directory that the processes share; may be repeated")
	o := sidecarFlags(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if err := o.check(cmd.ErrOrStderr()); err != nil {
			return err
		}
		if err := notEmpty("--dir", *dirs); err != nil {
			return err
		}
		ctx, stop := untilSignal(cmd.Context())
		defer stop()
		s, err := startSidecar(*dirs, o)
		if errors.Is(err, multiprocess.ErrNoDirectory) {
			return usagef("no --dir given, and %s is not set", multiprocess.DirEnv)
		}
		if err != nil {
			return err
		}
		return s.serve(ctx)
	}
	return cmd
}

// untilSignal returns a context that ends with a signal that asks for the end. A
// second one ends the program at once.
func untilSignal(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop)
	return ctx, stop
}
