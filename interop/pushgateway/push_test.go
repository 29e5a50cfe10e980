package pushgateway_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"polymeter.dev/bridge/pushgateway"
	"polymeter.dev/exposition"
	"polymeter.dev/interop/corpus"
	"polymeter.dev/interop/peers"
	"polymeter.dev/metric"
)

func TestMethods(t *testing.T) {
	eachGateway(t, func(t *testing.T, g *peers.Pushgateway) {
		first := newPusher(t, g.URL, "j", collecting(gauge("a", 1), gauge("b", 2)), pushgateway.Options{})
		second := newPusher(t, g.URL, "j", collecting(gauge("b", 3), gauge("c", 4)), pushgateway.Options{Text: true})
		other := newPusher(t, g.URL, "j", collecting(gauge("a", 9)), pushgateway.Options{Grouping: map[string]string{"instance": "x"}})
		nothing := newPusher(t, g.URL, "j", collecting(), pushgateway.Options{})
		a, b, c, x := `a{instance="",job="j"}`, `b{instance="",job="j"}`, `c{instance="",job="j"}`, `a{instance="x",job="j"}`
		steps := []struct {
			name string
			do   func(context.Context) error
			want []string
		}{
			{"push", first.Push, []string{a + " 1", b + " 2"}},
			{"add", second.Add, []string{a + " 1", b + " 3", c + " 4"}},
			{"add nothing", nothing.Add, []string{a + " 1", b + " 3", c + " 4"}},
			{"push again", second.Push, []string{b + " 3", c + " 4"}},
			{"another group", other.Push, []string{x + " 9", b + " 3", c + " 4"}},
			{"delete", first.Delete, []string{x + " 9"}},
			{"delete again", first.Delete, []string{x + " 9"}},
			{"push nothing", nothing.Push, []string{x + " 9"}},
		}
		for _, step := range steps {
			if err := step.do(t.Context()); err != nil {
				t.Fatalf("%s: %v", step.name, err)
			}
			want(t, g, step.want...)
		}
	})
}

// odd are values that have a hard time in a path.
var odd = []string{
	"plain", "a/b", "/", "a b", " ", "+", "a+b", "%", "%2F", "100%", ".", "..", "...", "a/../b", "café", "日本",
	"?a=b", "#a", ";", "a;b", "a\\b", `"`, "\n", "\x00", "=", "@base64", "//", "host:9090", "a=b&c=d", "~", "-", "_",
}

// TestOddGroups pushes to groups whose labels need care, and deletes them by the same
// names.
func TestOddGroups(t *testing.T) {
	eachGateway(t, func(t *testing.T, g *peers.Pushgateway) {
		var lines []string
		for i, value := range append(odd, "") {
			job := value
			if job == "" {
				job = "empty"
			}
			p := newPusher(t, g.URL, job, collecting(gauge("a", float64(i))), pushgateway.Options{Grouping: map[string]string{"v": value, "w": value}})
			if err := p.Push(t.Context()); err != nil {
				t.Errorf("%q: %v", value, err)
			}
			labels := metric.MustLabels("instance", "", "job", job, "v", value, "w", value)
			lines = append(lines, fmt.Sprintf("a%s %d", labels, i))
		}
		want(t, g, lines...)
		for _, value := range odd {
			p := newPusher(t, g.URL, value, nil, pushgateway.Options{Grouping: map[string]string{"v": value, "w": value}})
			if err := p.Delete(t.Context()); err != nil {
				t.Errorf("%q: %v", value, err)
			}
		}
		want(t, g, lines[len(odd)])
	})
}

// families are those that can be pushed: no series has several points, and none has a
// label of the group.
func families(legacy bool) []corpus.Family {
	var kept []corpus.Family
	for _, f := range corpus.Families(legacy) {
		if f.Name != "points" {
			kept = append(kept, f)
		}
	}
	return kept
}

// TestCorpus finds every family of the corpus as it was pushed, native buckets included,
// and but for native buckets in text.
func TestCorpus(t *testing.T) {
	eachGateway(t, func(t *testing.T, g *peers.Pushgateway) {
		p := newPusher(t, g.URL, "j", corpus.Collector(families(true)), pushgateway.Options{DropTimestamps: true})
		if err := p.Push(t.Context()); err != nil {
			t.Fatal(err)
		}
		wantPage(t, g, families(true))
	})
}

// TestCorpusAsText finds the same in text, but for native buckets.
func TestCorpusAsText(t *testing.T) {
	eachGateway(t, func(t *testing.T, g *peers.Pushgateway) {
		p := newPusher(t, g.URL, "j", corpus.Collector(families(true)), pushgateway.Options{DropTimestamps: true, Text: true})
		if err := p.Push(t.Context()); err != nil {
			t.Fatal(err)
		}
		got := page(t, g)
		for _, f := range got {
			if h := f.Sample.Histogram; h != nil && (h.Native != nil || h.Buckets[len(h.Buckets)-1].Count != h.Count) {
				t.Errorf("%s%s is %+v", f.Sample.Name, f.Sample.Labels, h)
			}
		}
		for key, s := range ownPage(t, families(true)) {
			s.Sample.Start, s.Sample.Exemplars = metric.Timestamp{}, nil // which text has not
			if s.Sample.Histogram == nil && !cmp.Equal(s, got[key], equal) {
				t.Errorf("%s is %+v, want %+v", key, got[key], s)
			}
		}
	})
}

// wantPage compares the page of a gateway with the families themselves, on a page of our
// own.
func wantPage(t *testing.T, g *peers.Pushgateway, families []corpus.Family) {
	t.Helper()
	if diff := cmp.Diff(ownPage(t, families), page(t, g), equal); diff != "" {
		t.Errorf("the gateway shows (-want +got):\n%s", diff)
	}
}

// ownPage returns what is on a page of our own, with the labels of the group.
func ownPage(t *testing.T, families []corpus.Family) map[string]series {
	t.Helper()
	var own bytes.Buffer
	if _, err := exposition.Write(t.Context(), &own, corpus.Collector(families), exposition.FormatProtobuf(), nil); err != nil {
		t.Fatal(err)
	}
	wanted := bySeries(t, exposition.NewProtobufDecoder(&own, nil), metric.MustLabels("instance", "", "job", "j"))
	if len(wanted) < 30 {
		t.Errorf("only %d series", len(wanted))
	}
	return wanted
}

// TestUTF8Names pushes names as they are to a gateway that was told to take them, and
// escaped ones to any.
func TestUTF8Names(t *testing.T) {
	t.Parallel()
	f := metric.NewGaugeFamily("odd.name", "", "odd.label")
	f.Add(1, "x")
	group := map[string]string{"odd.group": "y/z"}
	t.Run("as they are", func(t *testing.T) {
		t.Parallel()
		g := peers.StartPushgateway(t, peers.Pushgateway111, "--push.enable-utf8-names")
		for _, text := range []bool{false, true} {
			o := pushgateway.Options{Escaping: metric.AllowUTF8, Grouping: group, Text: text}
			if err := newPusher(t, g.URL, "j", collecting(f), o).Push(t.Context()); err != nil {
				t.Fatal(err)
			}
			want(t, g, `odd.name{instance="",job="j","odd.group"="y/z","odd.label"="x"} 1`)
		}
		if err := newPusher(t, g.URL, "j", nil, pushgateway.Options{Escaping: metric.AllowUTF8, Grouping: group}).Delete(t.Context()); err != nil {
			t.Fatal(err)
		}
		want(t, g)
		all := newPusher(t, g.URL, "j", corpus.Collector(families(false)), pushgateway.Options{DropTimestamps: true, Escaping: metric.AllowUTF8})
		if err := all.Push(t.Context()); err != nil {
			t.Fatal(err)
		}
		wantPage(t, g, families(false))
	})
	t.Run("escaped", func(t *testing.T) {
		eachGateway(t, func(t *testing.T, g *peers.Pushgateway) {
			for escaping, line := range map[metric.Escaping]string{
				metric.Underscores: `odd_name{instance="",job="j",odd_group="y/z",odd_label="x"} 1`,
				metric.Dots:        `odd_dot_name{instance="",job="j",odd_dot_group="y/z",odd_dot_label="x"} 1`,
				metric.Values:      `U__odd_2e_name{U__odd_2e_group="y/z",U__odd_2e_label="x",instance="",job="j"} 1`,
			} {
				p := newPusher(t, g.URL, "j", collecting(f), pushgateway.Options{Escaping: escaping, Grouping: group})
				if err := p.Push(t.Context()); err != nil {
					t.Fatal(err)
				}
				want(t, g, line)
				if err := p.Delete(t.Context()); err != nil {
					t.Fatal(err)
				}
				want(t, g)
			}
		})
	})
}

// TestRefused quotes what the gateway says. That of Debian 13 dies of trying to say it,
// and breaks the connection.
func TestRefused(t *testing.T) {
	eachGateway(t, func(t *testing.T, g *peers.Pushgateway) {
		counter := metric.NewCounterFamily("a", "")
		counter.Add(1)
		of := metric.NewGaugeFamily("a_total", "")
		of.Add(1)
		if err := newPusher(t, g.URL, "j", collecting(counter), pushgateway.Options{}).Push(t.Context()); err != nil {
			t.Fatal(err)
		}
		p := newPusher(t, g.URL, "k", collecting(of), pushgateway.Options{MaxAge: time.Second})
		err := p.Push(t.Context())
		var refused *pushgateway.StatusError
		if strings.HasSuffix(t.Name(), "/1.11") {
			if err == nil || errors.As(err, &refused) || !strings.Contains(err.Error(), "EOF: given up") {
				t.Errorf("error %v", err)
			}
		} else if !errors.As(err, &refused) || refused.Status != http.StatusBadRequest || !strings.HasPrefix(refused.Message, "pushed metrics are invalid or inconsistent with existing metrics: ") {
			t.Errorf("error %v", err)
		}
		want(t, g, `a_total{instance="",job="j"} 1`)
		elsewhere := newPusher(t, g.URL+"/elsewhere", "j", nil, pushgateway.Options{})
		if err := elsewhere.Delete(t.Context()); !errors.As(err, &refused) || refused.Status != http.StatusNotFound {
			t.Errorf("error %v", err)
		}
	})
}

// TestTimestamps are refused by every gateway, as is said here before one is sent.
func TestTimestamps(t *testing.T) {
	eachGateway(t, func(t *testing.T, g *peers.Pushgateway) {
		f := metric.NewGaugeFamily("a", "")
		f.AddRow(metric.ValueRow{Value: 1, Timestamp: metric.TimestampMilli(1)})
		if err := newPusher(t, g.URL, "j", collecting(f), pushgateway.Options{}).Push(t.Context()); err == nil || !strings.Contains(err.Error(), "timestamp") {
			t.Errorf("error %v", err)
		}
		want(t, g)
		if err := newPusher(t, g.URL, "j", collecting(f), pushgateway.Options{DropTimestamps: true}).Push(t.Context()); err != nil {
			t.Error(err)
		}
		want(t, g, `a{instance="",job="j"} 1`)
	})
}
