package archtest

import "strings"

// A rule says what the packages it matches may import besides the standard
// library.
type rule struct {
	packages string   // a folder relative to the root; "x/..." is everything below x
	own      []string // our packages, in the same notation; "..." is all of them
	others   []string // import paths of other modules' packages, or their prefixes
}

// sys gives the system calls that the standard library lacks.
const sys = "golang.org/x/sys"

// rules lists every package of the root module; the first match counts. An
// arrow that is not here does not exist.
var rules = []rule{
	{packages: "metric"},

	{packages: "internal/cell/...", own: []string{"metric", "internal/cell"}, others: []string{sys}},
	{packages: "internal/gather", own: []string{"metric"}, others: []string{sys}},
	{packages: "internal/quantile", own: []string{"metric"}, others: []string{sys}},
	{packages: "internal/mapped/...", own: []string{"internal/mapped/..."}, others: []string{sys}},
	{packages: "internal/damage"},
	{packages: "internal/faultproxy"},
	{packages: "internal/sending", own: []string{"metric"}},
	{packages: "internal/exact"},
	{packages: "internal/pyfile", own: []string{"metric", "internal/cell", "internal/damage", "internal/exact", "internal/mapped/..."}, others: []string{sys}},
	{packages: "internal/pmfile", own: []string{"metric", "internal/cell", "internal/damage", "internal/exact", "internal/mapped/..."}, others: []string{sys}},
	{packages: "internal/fold/...", own: []string{"metric", "internal/..."}, others: []string{sys}},

	{packages: "exposition", own: []string{"metric", "internal/gather"}},
	{packages: "exposition/lint", own: []string{"metric"}},
	{packages: "multiprocess", own: []string{"metric", "internal/..."}, others: []string{sys}},
	{packages: ".", own: []string{"metric", "multiprocess", "internal/..."}},

	{
		packages: "metrichttp",
		own:      []string{"metric", "exposition", "internal/gather"},
		others:   []string{"github.com/klauspost/compress"},
	},
	{packages: "metrichttp/instrument", own: []string{".", "metric"}},
	{
		packages: "collectors",
		own:      []string{"metric", "exposition", "metrichttp"},
		others: []string{
			"github.com/prometheus/client_model",
			"github.com/prometheus/procfs",
			"google.golang.org/protobuf",
		},
	},
	{packages: "collectors/expvars", own: []string{"metric"}},
	{packages: "collectors/scrape", own: []string{"metric", "exposition", "internal/exact"}},
	{
		packages: "bridge/remotewrite",
		own:      []string{"metric", "internal/gather", "internal/sending"},
		others: []string{
			"buf.build/gen/go/prometheus/prometheus/protocolbuffers/go",
			"github.com/klauspost/compress",
			"google.golang.org/protobuf",
		},
	},
	{packages: "bridge/graphite", own: []string{"metric", "internal/gather", "internal/sending"}, others: []string{sys}},
	{
		packages: "bridge/pushgateway",
		own:      []string{"metric", "exposition", "internal/gather", "internal/sending"},
		others:   []string{"github.com/klauspost/compress"},
	},
	{
		packages: "bridge/textfile",
		own:      []string{"metric", "exposition", "internal/gather", "internal/sending"},
		others:   []string{sys},
	},
	{
		packages: "bridge/...",
		own:      []string{"metric", "exposition", "metrichttp"},
		others:   []string{"github.com/klauspost/compress"},
	},
	{packages: "metrictest", own: []string{"metric", "exposition", "exposition/lint"}},

	{
		packages: "cmd/polymeter/...",
		own:      []string{"..."},
		others: []string{
			sys,
			"github.com/klauspost/compress",
			"github.com/prometheus/exporter-toolkit",
			"github.com/spf13/cobra",
		},
	},
	{packages: "examples/...", own: []string{"..."}, others: []string{"github.com/klauspost/compress"}},
}

// testOthers are the modules that any package's tests may import as well.
var testOthers = []string{
	sys,
	"github.com/chromedp",
	"github.com/google/go-cmp",
	"go.uber.org/goleak",
	"pgregory.net/rapid",
}

// unsafePackages are the only packages that handle raw memory.
var unsafePackages = []string{"internal/cell", "internal/mapped"}

// bannedInLibraries are packages of the standard library that only commands,
// examples and tests may import, with the reason.
var bannedInLibraries = map[string]string{
	"io/ioutil": "it is deprecated: os and io have it all",
	"log":       "libraries report through log/slog and error values",
	"os/exec":   "a library starts no programs",
}

// matches tells whether a folder is within a pattern of the rules.
func matches(pattern, dir string) bool {
	if pattern == "..." {
		return true
	}
	if prefix, ok := strings.CutSuffix(pattern, "/..."); ok {
		return within(prefix, dir)
	}
	return pattern == dir
}

// within tells whether a slash-separated path is the prefix or below it.
func within(prefix, path string) bool {
	return path == prefix || strings.HasPrefix(path, prefix+"/")
}
