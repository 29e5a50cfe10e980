package main

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/spf13/cobra"

	"polymeter.dev/bridge/pushgateway"
	"polymeter.dev/metric"
)

func newPush() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "push [flags] --gateway URL --job JOB [FILE|-|URL|DIR]",
		Short: "Push a page to a Pushgateway",
		Long: `Push gives a page of metrics to a Pushgateway, where Prometheus finds it after the
job that counted has ended. The page is a file, standard input, which is the default,
that of a server, or what merge makes of a directory or a file in which processes
count.

The gateway keeps it as the group of the job and the labels given by --grouping. With
the method put the page replaces the group, with post those families of it that have
the same names, and with delete the group goes, without a page.

A gateway refuses timestamps, and replaces labels that the group has as well by those
of the group; here both are errors before anything is sent. Requests that get no
answer, or one of 5xx or 429, are repeated until --timeout is over. What the gateway
says to a page that it refuses is shown.

Pages are sent in the protobuf format, or with --text in the Prometheus text format,
which has no native buckets.`,
		Example: `  backup.sh | polymeter push --gateway pushgateway:9091 --job backup --grouping instance=db1
  polymeter push --gateway pushgateway:9091 --job batch --method post page.txt
  polymeter push --gateway https://user:password@push.example.org --job crawl /dev/shm/app
  polymeter push --gateway pushgateway:9091 --job backup --method delete`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 1 {
				return usagef("%s given; push one at a time", counted(len(args), "page"))
			}
			return notEmpty("page", args)
		},
	}
	flags := addPushFlags(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if err := flags.check(args); err != nil {
			return err
		}
		return flags.run(cmd, args)
	}
	return cmd
}

// pushFlags say what is pushed where.
type pushFlags struct {
	source *pageSource

	gateway, job, method, escaping string
	grouping, headers              []string
	text, dropTimestamps           bool
	timeout                        time.Duration

	options pushgateway.Options // after check
}

func addPushFlags(cmd *cobra.Command) *pushFlags {
	f := &pushFlags{source: pageFlags(cmd)}
	flags := cmd.Flags()
	flags.StringVar(&f.gateway, "gateway", "", "address of the gateway, such as http://pushgateway:9091, with a name and password if need be")
	flags.StringVar(&f.job, "job", "", "job of the group")
	flags.StringArrayVar(&f.grouping, "grouping", nil, "another label of the group, as name=value; may be repeated")
	flags.StringVar(&f.method, "method", "put", "what to do with the group: put, post or delete")
	flags.StringVar(&f.escaping, "escaping", "underscores", "how to write names that are not legacy: underscores, allow-utf-8, dots or values")
	flags.BoolVar(&f.text, "text", false, "send text in place of protobuf")
	flags.BoolVar(&f.dropTimestamps, "drop-timestamps", false, "leave out the timestamps of samples")
	flags.StringArrayVar(&f.headers, "header", nil, "header to send to the gateway, as 'Name: value'; may be repeated")
	flags.DurationVar(&f.timeout, "timeout", time.Minute, "how long to go on trying")
	flags.BoolVar(&f.source.insecure, "insecure", false, "accept whatever certificate a server has")
	return f
}

// check reports a wrong command line.
func (f *pushFlags) check(args []string) error {
	switch {
	case f.gateway == "":
		return usagef("no --gateway given")
	case f.job == "":
		return usagef("no --job given")
	case f.method != "put" && f.method != "post" && f.method != "delete":
		return usagef("--method: %q is not one of put, post, delete", f.method)
	case f.method == "delete" && len(args) > 0:
		return usagef("unexpected argument %q beside --method delete", args[0])
	case f.timeout <= 0:
		return usagef("--timeout: %v is not positive", f.timeout)
	}
	if err := f.source.check(); err != nil {
		return err
	}
	headers, err := parseHeaders(f.headers)
	if err != nil {
		return err
	}
	escaping, err := metric.ParseEscaping(f.escaping)
	if err != nil {
		return usagef("--escaping: %s", message(err))
	}
	grouping, err := parseLabels("--grouping", f.grouping)
	if err != nil {
		return err
	}
	f.options = pushgateway.Options{
		Grouping: grouping, Header: headers, Escaping: escaping, Text: f.text,
		DropTimestamps: f.dropTimestamps, MaxAge: f.timeout, Client: &http.Client{Transport: newTransport(f.source.insecure)},
	}
	return nil
}

func (f *pushFlags) run(cmd *cobra.Command, args []string) error {
	f.options.Logger = slog.New(slog.NewTextHandler(cmd.ErrOrStderr(), nil))
	page := new(keptPage)
	pusher, err := pushgateway.New(f.gateway, f.job, page, &f.options)
	if err != nil {
		return usagef("%s", message(err)) // there is nothing but what was given
	}
	if f.method == "delete" {
		return reportLines(cmd, pusher.Delete(cmd.Context()))
	}
	arg := "-"
	if len(args) > 0 {
		arg = args[0]
	}
	if err := page.read(cmd, f.source, arg); err != nil {
		return err
	}
	push := pusher.Push
	if f.method == "post" {
		push = pusher.Add
	}
	err = push(cmd.Context())
	if errors.Is(err, pushgateway.ErrTimestamp) {
		err = fmt.Errorf("%w; --drop-timestamps leaves it out", err)
	}
	return reportLines(cmd, err)
}
