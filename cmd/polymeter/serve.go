package main

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"polymeter.dev/metrichttp"
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

Several directories are merged as if their files were in one: counters and
histograms of the same name add up, and gauges follow their mode. Where files
contradict each other about the type, mode or help of a family, the one of the
directory named first holds; the conflict is logged and counted.

SIGTERM and SIGINT end the server after the requests in flight.`,
		Example: `  polymeter serve --dir /dev/shm/app --addr :9090
  polymeter serve --dir /dev/shm/web --dir /dev/shm/worker`,
		Args: noArguments,
	}
	dirs := cmd.Flags().StringArray("dir", nil, "directory that the processes share; may be repeated")
	addr := cmd.Flags().String("addr", ":9090", "address to listen on")
	level := cmd.Flags().String("log-level", "info", "what to log: debug, info, warn or error")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		logger, err := newLogger(cmd.ErrOrStderr(), *level)
		if err != nil {
			return err
		}
		ctx, stop := untilSignal(cmd.Context())
		defer stop()
		return serve(ctx, *dirs, *addr, logger)
	}
	return cmd
}

func newLogger(w io.Writer, level string) (*slog.Logger, error) {
	var l slog.Level
	if err := l.UnmarshalText([]byte(level)); err != nil {
		return nil, usagef("--log-level: %q is not one of debug, info, warn and error", level)
	}
	return slog.New(slog.NewTextHandler(w, &slog.HandlerOptions{Level: l})), nil
}

func serve(ctx context.Context, dirs []string, addr string, logger *slog.Logger) error {
	options := &multiprocess.CollectorOptions{Logger: logger}
	first := ""
	if len(dirs) > 0 {
		first, options.Also = dirs[0], dirs[1:]
	}
	collector, err := multiprocess.NewCollector(first, options)
	if errors.Is(err, multiprocess.ErrNoDirectory) {
		return usagef("no --dir given, and %s is not set", multiprocess.DirEnv)
	}
	if err != nil {
		return err
	}
	for _, dir := range collector.Directories() {
		if _, err := os.Stat(dir); errors.Is(err, fs.ErrNotExist) {
			logger.Warn("directory does not exist yet", "dir", dir)
		}
	}
	routes := metrichttp.Routes(collector, &metrichttp.HandlerOptions{Logger: logger})
	server, err := startServer(addr, routes, logger)
	if err != nil {
		return err
	}
	logger.Info("serving", "url", metricsURL(server.Addr()), "dirs", collector.Directories())
	return server.Serve(ctx)
}

func startServer(addr string, h http.Handler, logger *slog.Logger) (*metrichttp.Server, error) {
	server := metrichttp.NewServer(addr, h, &metrichttp.ServerOptions{Logger: logger})
	return server, server.Start()
}

// untilSignal returns a context that ends with a signal that asks for the end. A
// second one ends the program at once.
func untilSignal(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop)
	return ctx, stop
}

// metricsURL returns where a program on this machine finds the metrics.
func metricsURL(addr net.Addr) string {
	host, port, err := net.SplitHostPort(addr.String())
	if err != nil {
		return addr.String()
	}
	if ip := net.ParseIP(host); ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	return "http://" + net.JoinHostPort(host, port) + "/metrics"
}
