package main

import (
	"bytes"
	"context"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

func TestUsageErrors(t *testing.T) {
	t.Setenv("PROMETHEUS_MULTIPROC_DIR", "")
	t.Setenv("prometheus_multiproc_dir", "")
	tests := []struct {
		args []string
		want string
	}{
		{[]string{"merg"}, `polymeter: unknown command "merg"; did you mean "merge"?`},
		{[]string{"frobnicate"}, `polymeter: unknown command "frobnicate"`},
		{[]string{"--frobnicate"}, "polymeter: unknown flag: --frobnicate"},
		{[]string{"merge"}, "polymeter merge: no directory or file given, and PROMETHEUS_MULTIPROC_DIR is not set"},
		{[]string{""}, "polymeter: an empty command is given; is a variable not set?"},
		{[]string{"merge", ".", ""}, "polymeter merge: an empty DIR or FILE is given; is a variable not set?"},
		{[]string{"merge", "--to"}, "polymeter merge: flag needs an argument: --to"},
		{[]string{"merge", "--to", "foo", "."}, `polymeter merge: --to: format "foo" is not one of text, openmetrics, openmetrics2, protobuf, json`},
		{[]string{"convert", "--to", "foo"}, `polymeter convert: --to: format "foo" is not one of text, openmetrics, openmetrics2, protobuf, json`},
		{[]string{"convert", "--from", "openmetrics"}, `polymeter convert: --from: format "openmetrics" can be written but not read; only json can be read`},
		{[]string{"convert", "--from", "xml"}, `polymeter convert: --from: unknown format "xml"; only json can be read`},
		{[]string{"convert", "--escaping", "html"}, `polymeter convert: --escaping: escaping scheme "html" is not known`},
		{[]string{"convert", "a", "b"}, "polymeter convert: 2 files given; convert one at a time"},
		{[]string{"convert", ""}, "polymeter convert: an empty FILE is given; is a variable not set?"},
		{[]string{"inspect"}, "polymeter inspect: no file given"},
		{[]string{"inspect", ""}, "polymeter inspect: an empty FILE is given; is a variable not set?"},
		{[]string{"serve"}, "polymeter serve: no --dir given, and PROMETHEUS_MULTIPROC_DIR is not set"},
		{[]string{"serve", "--dir", ""}, "polymeter serve: an empty --dir is given; is a variable not set?"},
		{[]string{"serve", "--dir", ".", "--dir="}, "polymeter serve: an empty --dir is given; is a variable not set?"},
		{[]string{"serve", "dir"}, `polymeter serve: unexpected argument "dir"`},
		{[]string{"serve", "--log-level", "loud"}, `polymeter serve: --log-level: "loud" is not one of debug, info, warn and error`},
		{[]string{"serve", "--fold-every", "-1s"}, "polymeter serve: --fold-every: -1s is negative"},
		{[]string{"serve", "--retain-gauges", "-1s"}, "polymeter serve: --retain-gauges: -1s is negative"},
		{[]string{"compact"}, "polymeter compact: no directory given, and PROMETHEUS_MULTIPROC_DIR is not set"},
		{[]string{"compact", ""}, "polymeter compact: an empty DIR is given; is a variable not set?"},
		{[]string{"compact", "--retain-gauges", "-1s", "."}, "polymeter compact: --retain-gauges: -1s is negative"},
		{[]string{"doctor"}, "polymeter doctor: no directory given, and PROMETHEUS_MULTIPROC_DIR is not set"},
		{[]string{"doctor", ""}, "polymeter doctor: an empty DIR is given; is a variable not set?"},
		{[]string{"doctor", "a", "b"}, "polymeter doctor: 2 directories given; look at one at a time"},
		{[]string{"run"}, "polymeter run: no command to run given"},
		{[]string{"run", "--dir", "", "--", "true"}, "polymeter run: an empty --dir is given; is a variable not set?"},
		{[]string{"run", "--", ""}, "polymeter run: an empty COMMAND is given; is a variable not set?"},
		{[]string{"run", "--addr", ":1", "--"}, "polymeter run: no command to run given"},
		{[]string{"run", "--linger", "-1s", "--", "true"}, "polymeter run: --linger: -1s is negative"},
		{[]string{"run", "--fold-every", "-1s", "--", "true"}, "polymeter run: --fold-every: -1s is negative"},
		{[]string{"help", "bogus"}, `polymeter help: unknown command "bogus"`},
		{[]string{"help", "merg"}, `polymeter help: unknown command "merg"; did you mean "merge"?`},
		{[]string{"help", "merge", "more"}, `polymeter help: unknown command "more"`},
		{[]string{"help", ""}, "polymeter help: an empty command is given; is a variable not set?"},
		{[]string{"completion", "bogus"}, `polymeter completion: unknown command "bogus"`},
		{[]string{"completion", "ba"}, `polymeter completion: unknown command "ba"; did you mean "bash"?`},
		{[]string{"completion", "bash", "more"}, `polymeter completion bash: unexpected argument "more"`},
		{[]string{"demo", "now"}, `polymeter demo: unexpected argument "now"`},
		{[]string{"demo", "--workers", "1"}, "polymeter demo: --workers: 1 is not between 2 and 64"},
		{[]string{"demo", "--workers", "many"}, `polymeter demo: invalid argument "many" for "--workers" flag: strconv.ParseInt: parsing "many": invalid syntax`},
		{[]string{"demo", "--duration", "-1s"}, "polymeter demo: --duration: -1s is not positive"},
	}
	for _, test := range tests {
		t.Run(strings.Join(test.args, " "), func(t *testing.T) {
			command, _, _ := strings.Cut(test.want, ":")
			invoke(t, "", test.args...).want(t, exitUsage, "", test.want+"\nRun \""+command+" --help\" for help.\n")
		})
	}
}

func TestNoArguments(t *testing.T) {
	t.Parallel()
	got := invoke(t, "")
	if got.code != exitUsage || got.out != "" || !strings.Contains(got.errors, "polymeter demo") || !strings.Contains(got.errors, "no command given") {
		t.Errorf("got %+v", got)
	}
}

func TestCompletion(t *testing.T) {
	t.Parallel()
	got := invoke(t, "", "completion")
	if got.code != exitUsage || got.out != "" || !strings.Contains(got.errors, "no command given") {
		t.Errorf("without a shell: %+v", got)
	}
	if got := invoke(t, "", "completion", "bash"); got.code != exitOK || got.errors != "" || !strings.Contains(got.out, "__start_polymeter") {
		t.Errorf("for bash: %+v", got)
	}
}

// The help of a command is the same whichever way one asks for it.
func TestHelpOfCommands(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{{}, {"merge"}, {"completion", "bash"}} {
		want := invoke(t, "", append(args, "--help")...)
		invoke(t, "", append([]string{"help"}, args...)...).want(t, exitOK, want.out, "")
	}
}

func TestVersion(t *testing.T) {
	t.Parallel()
	got := invoke(t, "", "--version")
	if got.code != exitOK || !strings.HasPrefix(got.out, "polymeter version ") || got.errors != "" {
		t.Errorf("got %+v", got)
	}
}

// Every command explains itself, with an example.
func TestHelp(t *testing.T) {
	t.Parallel()
	root := newRoot()
	addExplaining(root)
	commands := root.Commands()
	if len(commands) < 5 {
		t.Fatalf("%d commands", len(commands))
	}
	for _, c := range commands {
		if c.Hidden {
			continue
		}
		t.Run(c.Name(), func(t *testing.T) {
			t.Parallel()
			checkHelp(t, c)
		})
	}
}

func checkHelp(t *testing.T, c *cobra.Command) {
	got := invoke(t, "", c.Name(), "--help")
	if got.code != exitOK || got.errors != "" || !strings.Contains(got.out, c.Long) {
		t.Errorf("got %+v", got)
	}
	if c.Long == "" || !strings.Contains(c.Example, "polymeter "+c.Name()) {
		t.Errorf("long help %q, example %q", c.Long, c.Example)
	}
}

// A page that cannot be written is a failure.
func TestOutputFails(t *testing.T) {
	t.Parallel()
	dir := storeDir(t)
	for _, args := range [][]string{{"merge", dir}, {"convert"}, {"inspect", dir + "/counter_1.db"}, {"compact", t.TempDir()}, {"doctor", dir}} {
		t.Run(args[0], func(t *testing.T) {
			t.Parallel()
			var errors bytes.Buffer
			page := strings.NewReader(`{"name":"a","type":"gauge","samples":[]}`)
			if code := runContext(context.Background(), args, page, broken{}, &errors); code != exitFailure {
				t.Errorf("exit code %d", code)
			}
			if !strings.Contains(errors.String(), "closed pipe") {
				t.Errorf("errors %q", errors.String())
			}
		})
	}
}
