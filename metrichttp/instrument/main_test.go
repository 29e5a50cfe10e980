package instrument_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"polymeter.dev"
	"polymeter.dev/exposition"
	"polymeter.dev/metric"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// wantLines checks that the page of what is collected has lines.
func wantLines(t *testing.T, c metric.Collector, lines ...string) {
	t.Helper()
	page := pageOf(t, c)
	for _, line := range lines {
		if !strings.Contains("\n"+page, "\n"+line+"\n") {
			t.Errorf("no line %q in\n%s", line, page)
		}
	}
}

func pageOf(t *testing.T, c metric.Collector) string {
	t.Helper()
	page, err := exposition.GenerateLatest(c)
	if err != nil {
		t.Error(err)
	}
	return string(page)
}

// wantNone checks that no line of the page has a text.
func wantNone(t *testing.T, c metric.Collector, text string) {
	t.Helper()
	if page := pageOf(t, c); strings.Contains(page, text) {
		t.Errorf("there is %q in\n%s", text, page)
	}
}

func registry() *polymeter.Registry { return polymeter.NewRegistry(nil) }

// send sends a request and returns the body of the answer.
func send(t *testing.T, client *http.Client, method, url string, body io.Reader) string {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, url, body)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
