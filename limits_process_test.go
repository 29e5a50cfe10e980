//go:build unix

package polymeter_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"polymeter.dev"
	"polymeter.dev/exposition"
	"polymeter.dev/metric"
	"polymeter.dev/multiprocess"
)

// These make the test binary a process of a test: one says what it does, the
// other one what the test calls it.
const (
	partEnv = "POLYMETER_TEST_PART"
	nameEnv = "POLYMETER_TEST_NAME"
)

// parts are what processes of tests declare, and then do when they are told to.
var parts = map[string]func(name string) (orders, error){
	"registries":  playRegistries,
	"collector":   playCollector,
	"callbacks":   playCallbacks,
	"gatherer":    playGatherer,
	"info":        playInfo,
	"states":      playStates,
	"push":        playPush,
	"pids":        playPIDs,
	"exemplars":   playExemplars,
	"removal":     playRemoval,
	"runs":        playRuns,
	"native":      playNative,
	"starts":      playStarts,
	"restricted":  playRestricted,
	"target":      playTarget,
	"directories": playDirectories,
}

// orders are what a process understands, besides "page" and "openmetrics", which
// ask for the page of its Default registry.
type orders map[string]func(args ...string) (string, error)

func TestMain(m *testing.M) {
	part := os.Getenv(partEnv)
	if part == "" {
		m.Run()
		return
	}
	if err := play(parts[part], os.Getenv(nameEnv)); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// play follows orders until there are no more. It makes its own page before each
// answer, so that others then see what its callbacks and collectors say.
func play(part func(name string) (orders, error), name string) error {
	known, err := part(name)
	if err != nil {
		return err
	}
	in, out := json.NewDecoder(os.Stdin), json.NewEncoder(os.Stdout)
	for text := ""; ; {
		if _, err := exposition.GenerateLatest(polymeter.Default()); err != nil {
			return err
		}
		if err := out.Encode(text); err != nil {
			return err
		}
		var o []string
		if err := in.Decode(&o); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		if text, err = known.follow(o[0], o[1:]); err != nil {
			return fmt.Errorf("%s: %w", o[0], err)
		}
	}
}

func (o orders) follow(name string, args []string) (string, error) {
	if do := o[name]; do != nil {
		return do(args...)
	}
	switch name {
	case "page":
		return text(polymeter.Default())
	case "openmetrics":
		page, err := exposition.GenerateOpenMetrics(polymeter.Default())
		return string(page), err
	}
	return "", errors.New("unknown order")
}

// text returns what c collects.
func text(c metric.Collector) (string, error) {
	page, err := exposition.GenerateLatest(c)
	return string(page), err
}

// peer is one of several processes that share a directory.
type peer struct {
	t       *testing.T
	name    string
	command *exec.Cmd
	in      io.WriteCloser
	answers *json.Decoder
	over    bool
}

// startPeer starts a process that plays a part. It has declared its metrics when
// startPeer returns.
func startPeer(t *testing.T, dir, part, name string) *peer {
	t.Helper()
	if _, err := multiprocess.NewCollector(dir, nil); err != nil {
		t.Skip(err) // this platform has no shared files
	}
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	p := &peer{t: t, name: name, command: exec.Command(program)}
	p.command.Env = append(os.Environ(),
		partEnv+"="+part, nameEnv+"="+name, multiprocess.DirEnv+"="+dir, multiprocess.FormatEnv+"=native")
	p.command.Stderr = os.Stderr
	if p.in, err = p.command.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	out, err := p.command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	p.answers = json.NewDecoder(out)
	if err := p.command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.kill)
	p.answer()
	return p
}

// startTwo starts two processes, "one" and "two", with the same part.
func startTwo(t *testing.T, dir, part string) (one, two *peer) {
	t.Helper()
	return startPeer(t, dir, part, "one"), startPeer(t, dir, part, "two")
}

// do gives an order and returns the answer.
func (p *peer) do(name string, args ...string) string {
	p.t.Helper()
	if err := json.NewEncoder(p.in).Encode(append([]string{name}, args...)); err != nil {
		p.t.Fatalf("process %s: %v", p.name, err)
	}
	return p.answer()
}

func (p *peer) answer() (text string) {
	p.t.Helper()
	if err := p.answers.Decode(&text); err != nil {
		p.t.Fatalf("process %s says nothing: %v", p.name, err)
	}
	return text
}

// pid is the process id.
func (p *peer) pid() string { return strconv.Itoa(p.command.Process.Pid) }

// kill ends the process in a way that it does not notice.
func (p *peer) kill() {
	if p.over {
		return
	}
	p.over = true
	if err := p.command.Process.Kill(); err != nil {
		p.t.Errorf("process %s: %v", p.name, err)
	}
	_ = p.command.Wait() // says that it was killed
}

// end lets the process reach its end.
func (p *peer) end() {
	p.t.Helper()
	p.over = true
	if err := errors.Join(p.in.Close(), p.command.Wait()); err != nil {
		p.t.Errorf("process %s: %v", p.name, err)
	}
}

// wantPages compares the pages of processes, but for comments.
func wantPages(t *testing.T, want []string, peers ...*peer) {
	t.Helper()
	for _, p := range peers {
		wantText(t, "the page of process "+p.name, samples(p.do("page")), want)
	}
}

func wantText(t *testing.T, what string, got, want []string) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got)\n%s", what, diff)
	}
}

// samples returns the lines of a page that are no comments.
func samples(page string) []string {
	var all []string
	for line := range strings.Lines(page) {
		if line[0] != '#' {
			all = append(all, strings.TrimSuffix(line, "\n"))
		}
	}
	return all
}

// valueOf returns the value of the sample with this name and labels.
func valueOf(t *testing.T, page, sample string) float64 {
	t.Helper()
	m := regexp.MustCompile(`(?m)^` + regexp.QuoteMeta(sample) + ` (\S+)`).FindStringSubmatch(page)
	if m == nil {
		t.Fatalf("no sample %s in\n%s", sample, page)
	}
	v, err := strconv.ParseFloat(m[1], 64)
	if err != nil {
		t.Fatal(err)
	}
	return v
}
