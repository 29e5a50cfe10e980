package remotewrite_test

import (
	"io"
	"net/http"
	"testing"

	"polymeter.dev/bridge/remotewrite"
)

// accepting is a receiver that reads, and says that it has written all.
type accepting struct{}

func (accepting) RoundTrip(r *http.Request) (*http.Response, error) {
	_, err := io.Copy(io.Discard, r.Body)
	header := http.Header{"X-Prometheus-Remote-Write-Samples-Written": {"1000000"}}
	return &http.Response{StatusCode: http.StatusNoContent, Header: header, Body: http.NoBody}, err
}

// BenchmarkPush collects and sends series that are known from before.
func BenchmarkPush(b *testing.B) {
	const series = 10_000
	w, err := remotewrite.New("http://receiver/", guarded{collecting(many(series))}, &remotewrite.Options{
		Client: &http.Client{Transport: accepting{}},
	})
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if err := w.Push(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/series, "ns/sample")
}
