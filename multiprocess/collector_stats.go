package multiprocess

import (
	"context"
	"log/slog"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"polymeter.dev/internal/pmfile"
	"polymeter.dev/internal/pyfile"
	"polymeter.dev/metric"
)

// DamageError says what is wrong with a file.
type DamageError = pyfile.DamageError

// maxNamed is how many files and families self-metrics name.
const maxNamed = 20

// maxLogged is how many lines one scrape logs.
const maxLogged = 10

// scrapeStats is what the last scrape found.
type scrapeStats struct {
	whole, empty, damaged int
	living, dead          int
	published             []publishedAt
	folded                int64 // when the newest archive was written, in nanoseconds
	bytes                 int64
	series                int
	problems              []problem
	conflicts             []Conflict
	list, read, merge     time.Duration
}

// stats describes the files as they are now.
func (r *reader) stats(p *plan) scrapeStats {
	s := scrapeStats{series: p.series, conflicts: p.conflicts}
	s.problems = append(s.problems, r.problems...)
	for _, f := range r.files {
		s.bytes += int64(f.used)
		if f.appendix != nil {
			s.folded = max(s.folded, f.appendix.Created)
		}
		switch {
		case f.damage != nil:
			s.damaged++
			damage := *f.damage
			s.problems = append(s.problems, problem{f.path, damage.Reason, &damage})
		case f.record.len() == 0:
			s.empty++
		default:
			s.whole++
		}
	}
	for _, f := range r.shared {
		s.addNative(f)
	}
	return s
}

func (s *scrapeStats) addNative(f *nativeFile) {
	if f.role == pmfile.RoleArchive {
		s.folded = max(s.folded, f.header.Created)
	}
	s.bytes += int64(f.used)
	switch {
	case f.damage != nil:
		s.damaged++
		damage := *f.damage
		s.problems = append(s.problems, problem{f.path, damage.Reason, &damage})
	case len(f.layout.entries) == 0:
		s.empty++
	default:
		s.whole++
	}
	switch {
	case f.role == pmfile.RolePublication && !f.dead:
		s.published = append(s.published, publishedAt{f.header.Identifier, f.header.Created})
	case f.role != pmfile.RoleProcess:
	case f.dead:
		s.dead++
	default:
		s.living++
	}
}

// report keeps the stats, and logs what was not so at the last scrape.
func (c *Collector) report(s scrapeStats) {
	c.mu.Lock()
	c.stats = s
	c.mu.Unlock()
	if len(s.problems) == 0 && len(s.conflicts) == 0 {
		c.logged = nil
		return
	}
	log := newLog{before: c.logged, now: make(map[string]bool), logger: c.options.Logger}
	if log.logger == nil {
		log.logger = slog.Default()
	}
	for _, p := range s.problems {
		log.add(p.path+": "+p.reason, "multiprocess: file not used as a whole", "file", p.path, "reason", p.text())
	}
	for _, f := range s.conflicts {
		log.add(f.Family+": "+f.Reason, "multiprocess: files contradict each other", "family", f.Family, "about", f.Reason, "file", f.Path)
	}
	if log.lines > maxLogged {
		log.logger.Warn("multiprocess: more files and families are concerned", "count", log.lines-maxLogged)
	}
	c.logged = log.now
}

// text says as much as is known.
func (p *problem) text() string {
	if p.reason == reasonUnreadable {
		return p.err.Error()
	}
	return p.reason
}

// newLog logs what it was not asked to log last time.
type newLog struct {
	before, now map[string]bool
	logger      *slog.Logger
	lines       int
}

func (l *newLog) add(what, message string, attributes ...any) {
	l.now[what] = true
	if l.before[what] {
		return
	}
	if l.lines++; l.lines <= maxLogged {
		l.logger.Warn(message, attributes...)
	}
}

// SelfMetrics returns a collector of what the last scrape found: files by state,
// damaged files by name (at most twenty), and how long its phases took.
func (c *Collector) SelfMetrics() metric.Collector {
	return metric.CollectorFunc(func(_ context.Context, emit func(metric.Family) error) error {
		c.mu.Lock()
		s := c.stats
		c.mu.Unlock()
		return metric.EmitAll(emit, s.families()...)
	})
}

// pathLabel returns a path, which may be any bytes, for a label. Those that are not
// text, or look like the quotation of one that is not, are quoted, so that
// different paths never become the same series.
func pathLabel(path string) string {
	if utf8.ValidString(path) && !strings.Contains(path, `\`) {
		return path
	}
	quoted := strconv.QuoteToASCII(path)
	return quoted[1 : len(quoted)-1]
}

func (s *scrapeStats) families() []metric.Family {
	files := metric.NewGaugeFamily("polymeter_multiprocess_files", "Files of the merged directories, by state.", "state")
	files.Add(float64(s.whole), "whole")
	files.Add(float64(s.empty), "empty")
	files.Add(float64(s.damaged), "damaged")
	files.Add(float64(len(s.problems)-s.damaged), "skipped")

	processes := metric.NewGaugeFamily("polymeter_multiprocess_processes", "Process files of the native format, by whether the process is alive.", "state")
	processes.Add(float64(s.living), "living")
	processes.Add(float64(s.dead), "dead")

	folded := metric.NewGaugeFamily("polymeter_multiprocess_last_fold_timestamp_seconds", "When the newest archive was written.")
	folded.SetUnit("seconds")
	if s.folded > 0 {
		folded.Add(float64(s.folded) / 1e9)
	}

	bytes := metric.NewGaugeFamily("polymeter_multiprocess_bytes", "Bytes in use in the merged files.")
	bytes.SetUnit("bytes")
	bytes.Add(float64(s.bytes))

	series := metric.NewGaugeFamily("polymeter_multiprocess_series", "Series that the merge of the files shows.")
	series.Add(float64(s.series))

	problems := metric.NewGaugeFamily("polymeter_multiprocess_file_problem", "Files that are not used as a whole, the first twenty of them.", "file", "reason")
	for _, p := range s.problems[:min(len(s.problems), maxNamed)] {
		problems.Add(1, pathLabel(p.path), p.reason)
	}
	conflicts := metric.NewGaugeFamily("polymeter_multiprocess_conflict", "Families that files contradict each other about, the first twenty of them.", "family", "about")
	for _, f := range s.conflicts[:min(len(s.conflicts), maxNamed)] {
		conflicts.Add(1, f.Family, f.Reason)
	}

	phases := metric.NewGaugeFamily("polymeter_multiprocess_phase_seconds", "Time that the phases of the last merge took.", "phase")
	phases.SetUnit("seconds")
	phases.Add(s.list.Seconds(), "list")
	phases.Add(s.read.Seconds(), "read")
	phases.Add(s.merge.Seconds(), "merge")
	return []metric.Family{files, processes, folded, s.ages(), bytes, series, problems, conflicts, phases}
}
