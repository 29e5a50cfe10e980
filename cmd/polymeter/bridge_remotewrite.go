package main

import (
	"net/http"
	"time"

	"github.com/spf13/cobra"

	"polymeter.dev/bridge/remotewrite"
	"polymeter.dev/metric"
)

func newBridgeRemoteWrite() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "remote-write [flags] --url URL [DIR|FILE|URL]",
		Short: "Send a page to a receiver of Prometheus' Remote-Write",
		Long: `Remote-write sends a page to Prometheus, Mimir, Thanos, VictoriaMetrics or another
receiver of Prometheus' Remote-Write protocol: in version 2.0, or in 1.0 where that is
all a receiver knows. The page is a file or that of a server, read anew each time, or
what merge makes of a directory in which processes count; without an argument, of the
one that the environment variable PROMETHEUS_MULTIPROC_DIR names. The files of
processes in it that have died are folded, as by serve.

Say by --label what a scraper would add, usually job and instance: without labels that
tell them apart, two senders send the same series.

While the receiver is away samples wait in memory. SIGTERM and SIGINT end the bridge,
which then sends the page once more, and marks the end of its series.`,
		Example: `  polymeter bridge remote-write --url http://prometheus:9090/api/v1/write --label job=app /dev/shm/app
  polymeter bridge remote-write --url https://user:password@mimir.example.org/api/v1/push --header 'X-Scope-OrgID: a' http://localhost:8000/metrics
  polymeter bridge remote-write --once --url http://prometheus:9090/api/v1/write --label job=backup backup.prom`,
		Args: cobra.ArbitraryArgs,
	}
	var url string
	var headers []string
	var insecure, keep bool
	cmd.Flags().StringVar(&url, "url", "", "where to send the page, with a name and password if need be")
	cmd.Flags().StringArrayVar(&headers, "header", nil, "header to send to the receiver, as 'Name: value'; may be repeated")
	cmd.Flags().BoolVar(&insecure, "insecure", false, "accept whatever certificate the receiver has")
	cmd.Flags().BoolVar(&keep, "keep-at-end", false, "do not mark the end of the series at the end")
	f := addBridgeFlags(cmd, 15*time.Second)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if err := f.check(cmd.ErrOrStderr()); err != nil {
			return err
		}
		if url == "" {
			return usagef("no --url given")
		}
		labels, err := parseLabels("--label", f.labels)
		if err != nil {
			return err
		}
		header, err := parseHeaders(headers)
		if err != nil {
			return err
		}
		return f.run(cmd, args, func(c metric.Collector) (sender, error) {
			transport := newTransport(insecure)
			transport.DisableKeepAlives = f.once
			return remotewrite.New(url, c, &remotewrite.Options{
				Interval: f.interval, Labels: labels, Header: header, Client: &http.Client{Transport: transport},
				KeepAtEnd: keep, Logger: f.logger,
			})
		})
	}
	return cmd
}
