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
	"sync"
	"time"

	"github.com/spf13/cobra"

	"polymeter.dev/metrichttp"
	"polymeter.dev/multiprocess"
)

// sidecarOptions are the choices of commands that serve.
type sidecarOptions struct {
	addr  string
	level string
	every time.Duration
	fold  *foldOptions

	logger *slog.Logger // after check
}

// sidecarFlags adds the flags of commands that serve.
func sidecarFlags(cmd *cobra.Command) *sidecarOptions {
	o := &sidecarOptions{}
	cmd.Flags().StringVar(&o.addr, "addr", ":9090", "address to listen on")
	cmd.Flags().StringVar(&o.level, "log-level", "info", "what to log: debug, info, warn or error")
	cmd.Flags().DurationVar(&o.every, "fold-every", 10*time.Second, "how often to fold the files of dead processes; 0 is never")
	o.fold = foldFlags(cmd)
	return o
}

// check reports values that make no sense, and makes the logger.
func (o *sidecarOptions) check(log io.Writer) error {
	var level slog.Level
	if err := level.UnmarshalText([]byte(o.level)); err != nil {
		return usagef("--log-level: %q is not one of debug, info, warn and error", o.level)
	}
	o.logger = slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: level}))
	if o.every < 0 {
		return usagef("--fold-every: %v is negative", o.every)
	}
	return o.fold.check()
}

// sidecar serves what the processes that share directories count, and folds
// their dead.
type sidecar struct {
	server *metrichttp.Server
	folder *folder
}

// startSidecar begins to serve. Without directories it takes that of the
// environment.
func startSidecar(dirs []string, o *sidecarOptions) (*sidecar, error) {
	options := &multiprocess.CollectorOptions{Logger: o.logger}
	first := ""
	if len(dirs) > 0 {
		first, options.Also = dirs[0], dirs[1:]
	}
	collector, err := multiprocess.NewCollector(first, options)
	if err != nil {
		return nil, err
	}
	dirs = collector.Directories()
	for _, dir := range dirs {
		if _, err := os.Stat(dir); errors.Is(err, fs.ErrNotExist) {
			o.logger.Warn("directory does not exist yet", "dir", dir)
		}
	}
	routes := metrichttp.Routes(collector, &metrichttp.HandlerOptions{Logger: o.logger})
	server, err := startServer(o.addr, routes, o.logger)
	if err != nil {
		return nil, err
	}
	o.logger.Info("serving", "url", metricsURL(server.Addr()), "dirs", dirs)
	return &sidecar{server, newFolder(dirs, o.every, o.fold, o.logger)}, nil
}

// serve goes on until ctx is done, and lets requests in flight end.
func (s *sidecar) serve(ctx context.Context) error {
	ctx, stop := context.WithCancel(ctx)
	var folding sync.WaitGroup
	folding.Go(func() { s.folder.run(ctx) })
	defer folding.Wait()
	defer stop()
	return s.server.Serve(ctx)
}

func startServer(addr string, h http.Handler, logger *slog.Logger) (*metrichttp.Server, error) {
	server := metrichttp.NewServer(addr, h, &metrichttp.ServerOptions{Logger: logger})
	return server, server.Start()
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
