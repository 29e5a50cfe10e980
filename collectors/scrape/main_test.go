package scrape_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"polymeter.dev/collectors/scrape"
	"polymeter.dev/exposition"
	"polymeter.dev/metric"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.Cleanup(func(int) { http.DefaultClient.CloseIdleConnections() }))
}

// serve serves a page at a server that ends with the test.
func serve(t testing.TB, contentType, text string) string {
	t.Helper()
	return serveBy(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", contentType)
		io.WriteString(w, text)
	})
}

func serveBy(t testing.TB, h http.HandlerFunc) string {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	return server.URL
}

// serveText serves a page in the text format as the target of a name.
func serveText(t testing.TB, name, text string) scrape.Target {
	t.Helper()
	return scrape.Target{Name: name, URL: serve(t, exposition.ContentTypeText, text)}
}

func serveOpenMetrics(t testing.TB, name, text string) scrape.Target {
	t.Helper()
	return scrape.Target{Name: name, URL: serve(t, exposition.ContentTypeOpenMetrics, text+"# EOF\n")}
}

func newCollector(t testing.TB, o *scrape.Options) *scrape.Collector {
	t.Helper()
	c, err := scrape.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// collected returns what a collector emits, in OpenMetrics, and its error.
func collected(t testing.TB, ctx context.Context, c metric.Collector) (string, error) {
	t.Helper()
	var page strings.Builder
	_, err := exposition.Write(ctx, &page, c, exposition.FormatOpenMetrics(), nil)
	return page.String(), err
}

// wantPage checks what is collected without an error.
func wantPage(t testing.TB, c metric.Collector, want string) {
	t.Helper()
	page, err := collected(t, t.Context(), c)
	if err != nil {
		t.Error(err)
	}
	if want += "# EOF\n"; page != want {
		t.Errorf("got\n%s\nwant\n%s", page, want)
	}
}

// wantLoss checks that one error names a target and what is wrong with it, and nothing
// else was lost.
func wantLoss(t testing.TB, err error, family, text string) {
	t.Helper()
	var loss *metric.CollectError
	if !errors.As(err, &loss) {
		t.Fatalf("the error is %v", err)
	}
	if loss.Family != family || !strings.Contains(err.Error(), text) {
		t.Errorf("the error is %q, want family %q and %q", err, family, text)
	}
	if strings.Contains(err.Error(), "\n") {
		t.Errorf("more than one error: %v", err)
	}
}
