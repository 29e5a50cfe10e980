package main

import (
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"polymeter.dev/internal/mapped"
	"polymeter.dev/multiprocess"
)

func newDoctor() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "doctor [flags] [DIR]",
		Short: "Find out whether processes can share a directory",
		Long: `Doctor looks at a directory and says whether processes can count in it: who may
use it, what file system it is on, whether there is space and whether that can be
reserved, whether locks and leases work, which files are there, of living and of
dead processes, and what is wrong with them. Without an argument it looks at the
one that the environment variable ` + multiprocess.DirEnv + ` names.

Each finding is ok, a warning or a problem, with what to do about it. The last
one says how Polymeter can tell there that a process has died: by the locks of
its own files, by leases on the Python client's, or by process ids when an
operator vouches for them. Where it cannot tell, all processes count as alive and
nothing is folded.

It makes a file of its own for a moment, and changes nothing. Run it as the user
whose processes count. The exit code is 0 when all is fine, 1 for problems, and 3
when there are only warnings.`,
		Example: `  polymeter doctor /dev/shm/app
  polymeter doctor --json /dev/shm/app | jq '.findings[] | select(.level != "ok")'`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 1 {
				return usagef("%d directories given; look at one at a time", len(args))
			}
			return nil
		},
	}
	e := &examination{kernel: mapped.System(), boot: mapped.Boot(), now: time.Now}
	asJSON := cmd.Flags().Bool("json", false, "write one JSON object")
	cmd.Flags().BoolVar(&e.vouch, "vouch-pids", false, "say what holds when this is given to run, serve or compact")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		dirs, err := directories(args)
		if err != nil {
			return err
		}
		if e.dir, err = filepath.Abs(dirs[0]); err != nil {
			return err
		}
		e.run()
		write := e.text
		if *asJSON {
			write = e.json
		}
		if err := write(cmd.OutOrStdout()); err != nil {
			return err
		}
		return e.verdict()
	}
	return cmd
}

// level is how bad a finding is.
type level string

const (
	levelOK      level = "ok"
	levelWarning level = "warning"
	levelProblem level = "problem"
)

// finding is what was found out about one thing.
type finding struct {
	Check  string `json:"check"`
	Level  level  `json:"level"`
	Text   string `json:"text"`
	Advice string `json:"advice,omitempty"`
}

// examination is everything that is found out about a directory.
type examination struct {
	dir    string // an absolute path
	kernel mapped.Kernel
	boot   [16]byte // of this run of the system
	now    func() time.Time
	vouch  bool

	folder   *mapped.Folder
	findings []finding
	files    filesFound
	liveness liveness
	// What was seen to work.
	trusted, locks, leases bool
}

func (e *examination) ok(check, format string, args ...any) {
	e.findings = append(e.findings, finding{check, levelOK, fmt.Sprintf(format, args...), ""})
}

func (e *examination) warning(check, advice, format string, args ...any) {
	e.findings = append(e.findings, finding{check, levelWarning, fmt.Sprintf(format, args...), advice})
}

func (e *examination) problem(check, advice, format string, args ...any) {
	e.findings = append(e.findings, finding{check, levelProblem, fmt.Sprintf(format, args...), advice})
}

// run looks at everything. A directory that cannot be opened ends it early.
func (e *examination) run() {
	if !e.checkDirectory() {
		e.checkEnvironment()
		return
	}
	defer e.folder.Close()
	e.checkOwner()
	e.checkPath()
	e.checkEnvironment()
	e.checkFileSystem()
	e.checkSpace()
	e.checkScratch()
	e.checkBoot()
	e.checkFiles()
	e.checkLiveness()
}

// verdict is the exit code as an error.
func (e *examination) verdict() error {
	code := exitOK
	for _, f := range e.findings {
		switch f.Level {
		case levelProblem:
			return errReported
		case levelWarning:
			code = exitFindings
		}
	}
	if code == exitOK {
		return nil
	}
	return &exitError{code: code}
}

func (e *examination) json(w io.Writer) error {
	return writeObject(w, struct {
		Dir      string     `json:"dir"`
		Findings []finding  `json:"findings"`
		Files    filesFound `json:"files"`
		Liveness liveness   `json:"liveness"`
	}{e.dir, e.findings, e.files, e.liveness})
}

// text writes the findings for people to read.
func (e *examination) text(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n", e.dir)
	count := map[level]int{}
	for _, f := range e.findings {
		count[f.Level]++
		fmt.Fprintf(&b, "  %-7s  %-11s  %s\n", f.Level, f.Check, printable(f.Text))
		if f.Advice != "" {
			fmt.Fprintf(&b, "  %-7s  %-11s  → %s\n", "", "", printable(f.Advice))
		}
	}
	switch problems, warnings := count[levelProblem], count[levelWarning]; {
	case problems > 0:
		fmt.Fprintf(&b, "%s, %s\n", counted(problems, "problem"), counted(warnings, "warning"))
	case warnings > 0:
		fmt.Fprintf(&b, "%s\n", counted(warnings, "warning"))
	default:
		fmt.Fprintf(&b, "all is fine\n")
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// counted returns a number of things, such as "1 file" and "2 files".
func counted(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}
