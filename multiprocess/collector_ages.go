package multiprocess

import (
	"cmp"
	"slices"
	"time"

	"polymeter.dev/metric"
)

// publishedAt is when a process published last, in nanoseconds since the Unix
// epoch.
type publishedAt struct {
	identifier string
	at         int64
}

// ages shows how old the publications of living processes are, the oldest first.
// Of processes with the same identifier, which are in different directories, the
// oldest is shown.
func (s *scrapeStats) ages() metric.Family {
	f := metric.NewGaugeFamily("polymeter_multiprocess_publication_age_seconds", "Age of what living processes publish, the oldest twenty.", "pid")
	f.SetUnit("seconds")
	f.SetUnit("seconds")
	oldest := slices.Clone(s.published)
	slices.SortFunc(oldest, func(a, b publishedAt) int {
		return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.identifier, b.identifier))
	})
	named := make(map[string]bool)
	now := time.Now()
	for _, p := range oldest {
		if named[p.identifier] {
			continue
		}
		if len(named) == maxNamed {
			break
		}
		named[p.identifier] = true
		f.Add(now.Sub(time.Unix(0, p.at)).Seconds(), validText(p.identifier))
	}
	return f
}
