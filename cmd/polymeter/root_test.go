package main

import (
	"bytes"
	"context"
	"os"
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
		{[]string{"convert", "--from", "xml"}, `polymeter convert: --from: format "xml" is not one of text, openmetrics, openmetrics2, protobuf, json, nor auto`},
		{[]string{"convert", "--escaping", "html"}, `polymeter convert: --escaping: escaping scheme "html" is not known`},
		{[]string{"convert", "a", "b"}, "polymeter convert: 2 pages given; convert one at a time"},
		{[]string{"convert", ""}, "polymeter convert: an empty FILE or URL is given; is a variable not set?"},
		{[]string{"check", ""}, "polymeter check: an empty FILE or URL is given; is a variable not set?"},
		{[]string{"check", "-", "-"}, "polymeter check: standard input is given twice"},
		{[]string{"check", "--from", "xml"}, `polymeter check: --from: format "xml" is not one of text, openmetrics, openmetrics2, protobuf, json, nor auto`},
		{[]string{"check", "--output", "xml"}, `polymeter check: --output: "xml" is not one of text, json, github`},
		{[]string{"check", "--rules", "page"}, `polymeter check: unexpected argument "page" beside --rules`},
		{[]string{"check", "--rules", "-o", "github"}, `polymeter check: --output: "github" is not one of text, json`},
		{[]string{"check", "--enable", "no-rule"}, `polymeter check: --enable: there is no rule "no-rule"; --rules lists them`},
		{[]string{"check", "--disable", "help-missing,no-rule"}, `polymeter check: --disable: there is no rule "no-rule"; --rules lists them`},
		{[]string{"check", "--severity", "help-missing"}, `polymeter check: --severity: "help-missing" is not of the form ID=SEVERITY`},
		{[]string{"check", "--severity", "no-rule=info"}, `polymeter check: --severity: there is no rule "no-rule"; --rules lists them`},
		{[]string{"check", "--severity", "help-missing=bad"}, `polymeter check: --severity: "bad" is no severity: use info, warning or error`},
		{[]string{"check", "--fail-on", "never"}, `polymeter check: --fail-on: "never" is no severity: use info, warning or error`},
		{[]string{"check", "--max-buckets", "0"}, "polymeter check: --max-buckets: 0 is not positive"},
		{[]string{"check", "--max-age", "0s"}, "polymeter check: --max-age: 0s is not positive"},
		{[]string{"check", "--timeout", "0s"}, "polymeter check: --timeout: 0s is not positive"},
		{[]string{"check", "--max-bytes", "-1"}, "polymeter check: --max-bytes: -1 is not positive"},
		{[]string{"diff", "a"}, "polymeter diff: 1 page given; diff compares two"},
		{[]string{"diff", "a", ""}, "polymeter diff: an empty page is given; is a variable not set?"},
		{[]string{"diff", "-", "-"}, "polymeter diff: standard input is given twice"},
		{[]string{"diff", "--from", "xml", "a", "b"}, `polymeter diff: --from: format "xml" is not one of text, openmetrics, openmetrics2, protobuf, json, nor auto`},
		{[]string{"diff", "--output", "github", "a", "b"}, `polymeter diff: --output: "github" is not one of text, json`},
		{[]string{"top", "a", "b"}, "polymeter top: 2 pages given; look at one at a time"},
		{[]string{"top", ""}, "polymeter top: an empty page is given; is a variable not set?"},
		{[]string{"top", "--by", "size"}, `polymeter top: --by: "size" is not one of series, bytes, labels`},
		{[]string{"top", "-n", "0"}, "polymeter top: --number: 0 is not positive"},
		{[]string{"top", "--output", "xml"}, `polymeter top: --output: "xml" is not one of text, json`},
		{[]string{"top", "--timeout", "-1s"}, "polymeter top: --timeout: -1s is not positive"},
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
	for _, args := range [][]string{{"merge", dir}, {"convert"}, {"check"}, {"check", "--rules"}, {"diff", "-", os.DevNull}, {"top"}, {"inspect", dir + "/counter_1.db"}, {"compact", t.TempDir()}, {"doctor", dir}} {
		t.Run(strings.Join(args, " "), func(t *testing.T) {
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
