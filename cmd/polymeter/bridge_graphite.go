package main

import (
	"time"

	"github.com/spf13/cobra"

	"polymeter.dev/bridge/graphite"
	"polymeter.dev/metric"
)

func newBridgeGraphite() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "graphite [flags] --address HOST:PORT [DIR|FILE|URL]",
		Short: "Send a page to Graphite",
		Long: `Graphite sends a page to carbon, the daemon of Graphite, or to another program that
speaks one of its protocols. Labels are written as levels of the path, or with --tags as
tags. The page is a file or that of a server, read anew each time, or what merge makes
of a directory in which processes count; without an argument, of the one that the
environment variable PROMETHEUS_MULTIPROC_DIR names. The files of processes in it that
have died are folded, as by serve.

While Graphite is away samples wait in memory. SIGTERM and SIGINT end the bridge, which
then sends the page once more.`,
		Example: `  polymeter bridge graphite --address graphite:2003 --tags /dev/shm/app
  polymeter bridge graphite --address graphite:2004 --protocol pickle --prefix servers.web1 http://localhost:8000/metrics
  polymeter bridge graphite --once --address graphite:2003 page.txt`,
		Args: cobra.ArbitraryArgs,
	}
	var options graphite.Options
	var address, protocol string
	flags := cmd.Flags()
	flags.StringVar(&address, "address", "", "host and port of the receiver")
	flags.StringVar(&protocol, "protocol", "plaintext", "how to talk to it: plaintext, pickle or udp")
	flags.StringVar(&options.Prefix, "prefix", "", "what comes before every name, with a dot between them")
	flags.BoolVar(&options.Tags, "tags", false, "write labels as tags")
	flags.BoolVar(&options.Dots, "dots", false, "keep dots of names and label values, which begin levels")
	f := addBridgeFlags(cmd, 30*time.Second)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if err := f.check(cmd.ErrOrStderr()); err != nil {
			return err
		}
		if address == "" {
			return usagef("no --address given")
		}
		known := map[string]graphite.Protocol{"plaintext": graphite.Plaintext, "pickle": graphite.Pickle, "udp": graphite.UDP}
		var found bool
		if options.Protocol, found = known[protocol]; !found {
			return usagef("--protocol: %q is not one of plaintext, pickle, udp", protocol)
		}
		var err error
		if options.Labels, err = parseLabels("--label", f.labels); err != nil {
			return err
		}
		options.Interval, options.Logger = f.interval, f.logger
		return f.run(cmd, args, func(c metric.Collector) (sender, error) { return graphite.New(address, c, &options) })
	}
	return cmd
}
