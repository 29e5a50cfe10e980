package main

import (
	"os"
	"strings"
	"testing"

	"polymeter.dev/multiprocess"
)

func TestMain(m *testing.M) {
	if name := os.Getenv(pluginEnv); name != "" {
		serve(name, os.Stdin, os.Stdout)
		return
	}
	m.Run()
}

func TestRun(t *testing.T) {
	t.Parallel()
	if _, err := multiprocess.NewCollector(t.TempDir(), nil); err != nil {
		t.Skip(err) // this platform has no shared files
	}
	var page strings.Builder
	if err := run(&page); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"shout: WORLD\n",
		"\nplugin_calls_total{plugin=\"shout\"} 3\n",
		"\nplugin_calls_total{plugin=\"unstable\"} 1\n",
		"\nplugin_crashes_total{plugin=\"unstable\"} 1\n",
	} {
		if !strings.Contains(page.String(), want) {
			t.Errorf("no %q in\n%s", want, page.String())
		}
	}
}
