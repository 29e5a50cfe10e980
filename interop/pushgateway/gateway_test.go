package pushgateway_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"polymeter.dev/bridge/pushgateway"
	"polymeter.dev/exposition"
	"polymeter.dev/interop/peers"
	"polymeter.dev/metric"
)

// gateways are the programs that every test here has to do with.
var gateways = []struct {
	name string
	find func() (string, error)
}{
	{"1.5", peers.Pushgateway15},
	{"1.11", peers.Pushgateway111},
}

// eachGateway runs a test before every gateway.
func eachGateway(t *testing.T, test func(t *testing.T, g *peers.Pushgateway)) {
	t.Parallel()
	for _, gateway := range gateways {
		t.Run(gateway.name, func(t *testing.T) {
			t.Parallel()
			test(t, peers.StartPushgateway(t, gateway.find))
		})
	}
}

// newPusher returns a pusher of the job to the address.
func newPusher(t *testing.T, url, job string, c metric.Collector, o pushgateway.Options) *pushgateway.Pusher {
	t.Helper()
	o.Logger = slog.New(slog.DiscardHandler)
	p, err := pushgateway.New(url, job, c, &o)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// collecting returns a collector of fixed families.
func collecting(families ...metric.Family) metric.Collector {
	return metric.CollectorFunc(func(_ context.Context, emit func(metric.Family) error) error {
		return metric.EmitAll(emit, families...)
	})
}

// gauge is a family of one sample.
func gauge(name string, value float64) metric.Family {
	f := metric.NewGaugeFamily(name, "")
	f.Add(value)
	return f
}

// series is what a page says about a series.
type series struct {
	Type   metric.Type
	Help   string
	Sample metric.Sample
}

// page returns what a gateway shows of what was pushed, by series.
func page(t *testing.T, g *peers.Pushgateway) map[string]series {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, g.URL+"/metrics", nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Accept", exposition.ContentTypeProtobuf+"; escaping=allow-utf-8")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if got := response.Header.Get("Content-Type"); !strings.HasPrefix(got, exposition.ContentTypeProtobuf) {
		t.Fatalf("the page is %q", got)
	}
	shown := bySeries(t, exposition.NewProtobufDecoder(response.Body, nil), metric.Labels{})
	for key, s := range shown {
		// What has no job is about the gateway itself.
		if s.Sample.Labels.Get("job") == "" || strings.HasPrefix(key, "push_") {
			delete(shown, key)
		}
	}
	return shown
}

// bySeries reads a page, adds labels to every series and leaves out timestamps.
func bySeries(t *testing.T, d exposition.Decoder, added metric.Labels) map[string]series {
	t.Helper()
	found := map[string]series{}
	for f, err := range exposition.Families(d) {
		if err != nil {
			t.Fatal(err)
		}
		err := f.Each(func(s *metric.Sample) error {
			c := s.Clone()
			for name, value := range added.All() {
				var err error
				if c.Labels, err = c.Labels.With(name, value); err != nil {
					return err
				}
			}
			c.Timestamp = metric.Timestamp{}
			found[c.Name+c.Labels.String()] = series{f.Desc().Type, f.Desc().Help, *c}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return found
}

// want compares the values that a gateway shows, as lines of series and value. A
// gateway deletes some time after it has said so.
func want(t *testing.T, g *peers.Pushgateway, lines ...string) {
	t.Helper()
	lines = slices.Sorted(slices.Values(lines))
	var got []string
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		got = nil
		for key, s := range page(t, g) {
			got = append(got, fmt.Sprint(key, " ", s.Sample.Value))
		}
		slices.Sort(got)
		if slices.Equal(got, lines) {
			return
		}
	}
	t.Errorf("the gateway shows (-want +got):\n%s", cmp.Diff(lines, got))
}

// equal compares samples: NaNs are the same, and so is what is empty.
var equal = cmp.Options{cmpopts.EquateNaNs(), cmpopts.EquateEmpty(), cmp.AllowUnexported(metric.Labels{}, metric.Timestamp{})}
