package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// fetch gets a page as a scraper does, in the text format.
func fetch(ctx context.Context, url string) (page string, took time.Duration, err error) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return "", 0, err
	}
	begin := time.Now()
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return "", 0, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode != http.StatusOK {
		err = fmt.Errorf("status %s: %s", response.Status, strings.TrimSpace(string(body)))
	}
	return string(body), time.Since(begin), err
}

// addUp returns the sum of the samples of each name on a page of text.
func addUp(page string) (map[string]float64, error) {
	totals := map[string]float64{}
	for line := range strings.Lines(page) {
		line = strings.TrimSuffix(line, "\n")
		if line == "" || line[0] == '#' {
			continue
		}
		name := line[:strings.IndexAny(line+" ", "{ ")]
		value, err := strconv.ParseFloat(line[strings.LastIndexByte(line, ' ')+1:], 64)
		if err != nil {
			return nil, fmt.Errorf("the page has the line %q", line)
		}
		totals[name] += value
	}
	return totals, nil
}

// acknowledged is the number of increments that workers say have returned.
func (d *demo) acknowledged() int64 {
	var sum int64
	for _, w := range d.crew.workers {
		sum += w.acknowledged
	}
	return sum
}

// check reports totals on the page that are not what was counted.
func (d *demo) check(totals map[string]float64) error {
	var wrong []error
	for _, want := range []struct {
		name  string
		value float64
	}{
		{demoRequests, float64(d.acknowledged())},
		{demoDuration + "_count", float64(d.acknowledged())},
		{demoSize + "_count", float64(d.acknowledged())},
		{demoWorkers, float64(d.workers)},
		{demoAlive, float64(d.workers - 1)},
	} {
		if got := totals[want.name]; got != want.value {
			wrong = append(wrong, fmt.Errorf("%s is %.0f on the page, the workers counted %.0f", want.name, got, want.value))
		}
	}
	return errors.Join(wrong...)
}

// explain says in five lines what the page shows.
func (d *demo) explain(totals map[string]float64) {
	killed := d.crew.workers[victim-1]
	shares := make([]string, len(d.crew.workers))
	for i, w := range d.crew.workers {
		shares[i] = strconv.FormatInt(w.acknowledged, 10)
	}
	fmt.Fprintf(d.out, `
What you see:
1. %d processes counted at once, each in files of its own, at the speed of an atomic addition and without a lock.
2. They acknowledged %s = %d increments of %s.
3. %s was killed by SIGKILL after %d of these: it had no chance to save, send or close anything.
4. The page says %.0f, and so do the counts of the histogram and the summary: nothing is lost, nothing counted twice.
5. Gauges follow their modes: %s says %.0f, %s says %.0f, and demo_queue_length has a line for each process.
`,
		d.workers,
		strings.Join(shares, " + "), d.acknowledged(), demoRequests,
		killed.name, killed.acknowledged,
		totals[demoRequests],
		demoWorkers, totals[demoWorkers], demoAlive, totals[demoAlive])
}
