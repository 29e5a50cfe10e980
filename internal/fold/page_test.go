package fold_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"

	"polymeter.dev/metric"
	"polymeter.dev/multiprocess"
)

// page returns the samples that readers make of a directory, and what they have
// to say about its files.
func page(t *testing.T, dir string) (samples []string, complaints string) {
	t.Helper()
	var log bytes.Buffer
	c, err := multiprocess.NewCollector(dir, &multiprocess.CollectorOptions{Logger: slog.New(slog.NewTextHandler(&log, nil))})
	if err != nil {
		t.Fatal(err)
	}
	err = c.Collect(context.Background(), func(f metric.Family) error {
		snapshot, err := metric.Copy(f)
		if err != nil {
			return err
		}
		expanded, err := metric.Expand(snapshot, true)
		for _, s := range expanded {
			samples = append(samples, fmt.Sprintf("%s%s %v", s.Name, s.Labels, s.Value))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return samples, log.String()
}

// wantOnPage checks that a page has these samples, and that nothing is wrong with
// the files it is made of.
func wantOnPage(t *testing.T, dir string, want ...string) {
	t.Helper()
	samples, complaints := page(t, dir)
	for _, line := range want {
		if !slices.Contains(samples, line) {
			t.Errorf("%s is not among\n%s", line, strings.Join(samples, "\n"))
		}
	}
	if complaints != "" {
		t.Error(complaints)
	}
}
