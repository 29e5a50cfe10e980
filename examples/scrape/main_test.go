package main

import (
	"strings"
	"testing"
)

func TestRun(t *testing.T) {
	t.Parallel()
	var page strings.Builder
	if err := run(t.Context(), &page); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"\njobs_total{instance=\"worker-0\"} 1\n",
		"\njobs_total{instance=\"worker-2\"} 3\n",
		"\njobs_total 6\n",
		"\n# collector of target \"gone\": ",
		"\npolymeter_scraped_target_up{target=\"gone\"} 0\n",
		"\npolymeter_scraped_target_up{target=\"worker-1\"} 1\n",
	} {
		if !strings.Contains(page.String(), want) {
			t.Errorf("no %q in\n%s", want, page.String())
		}
	}
}
