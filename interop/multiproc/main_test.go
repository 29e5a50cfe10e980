package multiproc_test

import (
	"bytes"
	"log/slog"
	"math/rand/v2"
	"os"
	"strconv"
	"testing"

	"polymeter.dev/exposition"
	"polymeter.dev/multiprocess"

	"polymeter.dev/interop/goworker"
	"polymeter.dev/interop/peers"
	"polymeter.dev/interop/pyclient"
	"polymeter.dev/interop/workload"
)

func TestMain(m *testing.M) { os.Exit(goworker.Main(m)) }

// client is a version of the Python client, and what goes with it.
type client struct {
	name   string
	find   func() (*peers.Python, error)
	layout multiprocess.Layout
	modes  []string
}

var clients = []client{
	{"0.16", peers.Python016, multiprocess.LayoutOlder, workload.OlderModes()},
	{"0.21", peers.Python021, multiprocess.LayoutNewer, workload.NewerModes()},
}

// each runs a test against every version of the Python client.
func each(t *testing.T, test func(t *testing.T, s *site)) {
	for _, c := range clients {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			python := peers.Require(t, c.find)
			test(t, &site{c, python, t.TempDir(), pyclient.Start(t, python, "")})
		})
	}
}

// site is a directory that workers share.
type site struct {
	client
	python *peers.Python
	dir    string
	// reader merges and parses.
	reader *pyclient.Client
}

// fresh returns a site like this one with a directory of its own.
func (s *site) fresh(t *testing.T) *site {
	next := *s
	next.dir = t.TempDir()
	return &next
}

// worker starts a worker of the named implementation.
func (s *site) worker(t *testing.T, implementation string) workload.Worker {
	t.Helper()
	if implementation == "python" {
		return pyclient.Start(t, s.python, s.dir)
	}
	return goworker.Start(t, s.dir, s.layout)
}

// declared starts a worker that has declared the families.
func (s *site) declared(t *testing.T, implementation string, families []workload.Family, identifier string) workload.Worker {
	t.Helper()
	w := s.worker(t, implementation)
	if err := w.Declare(families, identifier); err != nil {
		t.Fatal(err)
	}
	return w
}

// pythonMerge is the directory as the Python client sees it.
func (s *site) pythonMerge(t *testing.T) pyclient.Page {
	t.Helper()
	page, err := s.reader.Merge(s.dir)
	if err != nil {
		t.Fatal(err)
	}
	return page
}

// goMerge is the directory as Polymeter sees it, by way of its text page and
// the Python client's parser.
func (s *site) goMerge(t *testing.T) pyclient.Page {
	t.Helper()
	return s.parse(t, s.goPage(t))
}

func (s *site) parse(t *testing.T, text string) pyclient.Page {
	t.Helper()
	page, err := s.reader.ParseText(text)
	if err != nil {
		t.Fatalf("%v\nin the page\n%s", err, text)
	}
	return page
}

// goPage is the text page of the directory.
func (s *site) goPage(t *testing.T) string {
	t.Helper()
	collector, err := multiprocess.NewCollector(s.dir, &multiprocess.CollectorOptions{Logger: logger(t)})
	if err != nil {
		t.Fatal(err)
	}
	var page bytes.Buffer
	if _, err := exposition.Write(t.Context(), &page, collector, exposition.FormatText(), nil); err != nil {
		t.Fatal(err)
	}
	return page.String()
}

// logger passes what is logged to the test's output.
func logger(t *testing.T) *slog.Logger {
	return slog.New(slog.NewTextHandler(t.Output(), nil))
}

// seeds returns that many seeds, or the one that the environment asks for.
func seeds(t *testing.T, n int) []uint64 {
	t.Helper()
	if text := os.Getenv("POLYMETER_INTEROP_SEED"); text != "" {
		seed, err := strconv.ParseUint(text, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		return []uint64{seed}
	}
	list := make([]uint64, n)
	for i := range list {
		list[i] = rand.Uint64()
	}
	return list
}

// update carries out updates, or fails the test.
func update(t *testing.T, w workload.Worker, updates ...workload.Update) {
	t.Helper()
	if err := w.Update(updates); err != nil {
		t.Fatal(err)
	}
}
