package main

import (
	"io"
	"strings"

	"github.com/spf13/cobra"

	"polymeter.dev/exposition/lint"
)

func newCheck() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "check [flags] [FILE|-|URL]...",
		Short: "Check whether pages are valid, and whether they are wise",
		Long: `Check reads pages from files, servers or standard input. First of all a page has to
be valid: every rule of its format is checked, and the first mistake is shown with
its place; --lenient reads over some of them. Then rules about names, units, labels,
buckets and values are applied, for what is valid and will be trouble all the same;
--rules lists them, each of them can be switched off or given another severity, and
--lint=false leaves them all out.

A server is asked for any format and compression with gzip, unless --from says which
format it shall send. Of files and standard input the format is found out from their
first 64 KiB and the end of a file; say --from where a long page from a pipe shows no
sign of its format there, since it is taken for text then. Memory does not grow with
the page, but with its largest family.

With --output github findings are annotations of the files in a workflow of GitHub,
with --output json each page is a line with one object.

The exit code is 0 when all is fine, 1 when a page is invalid or cannot be read, 2
for a wrong command line, and 3 when all pages are valid but one has a finding of at
least the severity of --fail-on.`,
		Example: `  polymeter check page.txt
  polymeter check --output github --fail-on error testdata/*.prom
  polymeter check --disable help-missing,type-unknown --severity unit-not-base=error http://localhost:9090/metrics
  polymeter merge --to openmetrics /dev/shm/app | polymeter check --from openmetrics
  polymeter check --rules`,
		Args: cobra.ArbitraryArgs,
	}
	c := &checker{source: sourceFlags(cmd)}
	c.flags(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if err := c.check(); err != nil {
			return err
		}
		if c.listRules {
			if len(args) > 0 {
				return usagef("unexpected argument %q beside --rules", args[0])
			}
			if err := checkOutput(*c.output, "text", "json"); err != nil {
				return err
			}
			return writeRules(cmd.OutOrStdout(), *c.output == "json")
		}
		if err := notEmpty("FILE or URL", args); err != nil {
			return err
		}
		if err := once(args); err != nil {
			return err
		}
		if len(args) == 0 {
			args = []string{"-"}
		}
		return c.pages(cmd, args)
	}
	return cmd
}

// checker is how pages are checked.
type checker struct {
	source     *pageSource
	output     *string
	listRules  bool
	lint       bool
	severities []string
	failOnName string

	options lint.Options
	failOn  lint.Severity
}

func (c *checker) flags(cmd *cobra.Command) {
	flags := cmd.Flags()
	c.output = outputFlag(cmd, "text, json or github")
	flags.BoolVar(&c.listRules, "rules", false, "list the rules instead of checking a page")
	flags.BoolVar(&c.lint, "lint", true, "apply rules to valid pages; =false checks only whether they are valid")
	flags.StringSliceVar(&c.options.Enable, "enable", nil, "apply these rules only; may be repeated")
	flags.StringSliceVar(&c.options.Disable, "disable", nil, "leave these rules out; may be repeated")
	flags.StringSliceVar(&c.severities, "severity", nil, "give a rule another severity, as ID=info, ID=warning or ID=error; may be repeated")
	flags.StringVar(&c.failOnName, "fail-on", "warning", "least severity with which a finding makes the exit code 3: info, warning or error")
	flags.IntVar(&c.options.MaxLabelValues, "max-label-values", lint.DefaultMaxLabelValues, "how many values a label may have in a family")
	flags.IntVar(&c.options.MaxFamilySeries, "max-family-series", lint.DefaultMaxFamilySeries, "how many label sets a family may have")
	flags.IntVar(&c.options.MaxPageSeries, "max-page-series", lint.DefaultMaxPageSeries, "how many series a page may have")
	flags.IntVar(&c.options.MaxBuckets, "max-buckets", lint.DefaultMaxBuckets, "how many buckets a histogram may have")
	flags.DurationVar(&c.options.MaxAge, "max-age", lint.DefaultMaxAge, "how old a timestamp may be, and how far ahead")
}

// check reports a wrong command line.
func (c *checker) check() error {
	if err := c.source.check(); err != nil {
		return err
	}
	if err := checkOutput(*c.output, "text", "json", "github"); err != nil {
		return err
	}
	var err error
	if c.failOn, err = lint.ParseSeverity(c.failOnName); err != nil {
		return usagef("--fail-on: %s", message(err))
	}
	return c.checkRules()
}

func (c *checker) checkRules() error {
	for _, ids := range []struct {
		flag string
		ids  []string
	}{{"--enable", c.options.Enable}, {"--disable", c.options.Disable}} {
		for _, id := range ids.ids {
			if err := checkRule(ids.flag, id); err != nil {
				return err
			}
		}
	}
	c.options.Severities = map[string]lint.Severity{}
	for _, pair := range c.severities {
		id, name, found := strings.Cut(pair, "=")
		if !found {
			return usagef("--severity: %q is not of the form ID=SEVERITY", pair)
		}
		if err := checkRule("--severity", id); err != nil {
			return err
		}
		severity, err := lint.ParseSeverity(name)
		if err != nil {
			return usagef("--severity: %s", message(err))
		}
		c.options.Severities[id] = severity
	}
	return c.checkThresholds()
}

func checkRule(flag, id string) error {
	if _, found := lint.RuleByID(id); !found {
		return usagef("%s: there is no rule %q; --rules lists them", flag, id)
	}
	return nil
}

func (c *checker) checkThresholds() error {
	for _, threshold := range []struct {
		flag  string
		value int
	}{
		{"max-label-values", c.options.MaxLabelValues},
		{"max-family-series", c.options.MaxFamilySeries},
		{"max-page-series", c.options.MaxPageSeries},
		{"max-buckets", c.options.MaxBuckets},
	} {
		if threshold.value <= 0 {
			return usagef("--%s: %d is not positive", threshold.flag, threshold.value)
		}
	}
	if c.options.MaxAge <= 0 {
		return usagef("--max-age: %v is not positive", c.options.MaxAge)
	}
	return nil
}

// pages checks one page after the other, and goes on after one that is invalid.
func (c *checker) pages(cmd *cobra.Command, args []string) error {
	var invalid, found bool
	for _, arg := range args {
		r := c.page(cmd, arg)
		if err := c.write(cmd.OutOrStdout(), cmd.ErrOrStderr(), r); err != nil {
			return err
		}
		invalid = invalid || !r.Valid
		for i := range r.Findings {
			found = found || r.Findings[i].Severity >= c.failOn
		}
	}
	switch {
	case invalid:
		return errReported
	case found:
		return &exitError{code: exitFindings}
	}
	return nil
}

// write writes a report in the form that was asked for. Only people who read text
// look for what is wrong on standard error.
func (c *checker) write(out, errors io.Writer, r *checkReport) error {
	switch *c.output {
	case "json":
		return writeObject(out, r)
	case "github":
		return r.github(out)
	}
	return r.text(out, errors)
}
