package graphite_test

import (
	"context"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"polymeter.dev/bridge/graphite"
)

func TestNewRefuses(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, address string
		options       graphite.Options
		want          string
	}{
		{"no port", "graphite", graphite.Options{}, "graphite: the receiver: address graphite: missing port in address"},
		{"empty port", "graphite:", graphite.Options{}, "graphite: the address of the receiver needs a host and a port"},
		{"no host", ":2003", graphite.Options{}, "graphite: the address of the receiver needs a host and a port"},
		{"URL", "http://graphite:2003/", graphite.Options{}, "graphite: the receiver: "},
		{"protocol", "graphite:2003", graphite.Options{Protocol: 9}, "graphite: protocol 9 does not exist"},
		{"prefix with a blank", "graphite:2003", graphite.Options{Prefix: "my app.web"}, `graphite: the prefix "my app.web" has a character that paths cannot have: " app"`},
		{"prefix with a tag", "graphite:2003", graphite.Options{Prefix: "a;b=c"}, `graphite: the prefix "a;b=c" has a character`},
		{"prefix with a dot at its end", "graphite:2003", graphite.Options{Prefix: "a."}, `graphite: the prefix "a." has a level without a name`},
		{"prefix with two dots", "graphite:2003", graphite.Options{Prefix: "a..b"}, `graphite: the prefix "a..b" has a level without a name`},
		{"label name", "graphite:2003", graphite.Options{Labels: map[string]string{"": "x"}}, "graphite: metric: "},
		{"label value", "graphite:2003", graphite.Options{Labels: map[string]string{"a": "\xff"}}, `graphite: the value "\xff" of label "a" is not valid UTF-8`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			_, err := graphite.New(test.address, collecting(), &test.options)
			if err == nil || !strings.HasPrefix(err.Error(), test.want) {
				t.Errorf("error %v, want %s", err, test.want)
			}
		})
	}
	if _, err := graphite.New("graphite:2003", nil, nil); err == nil {
		t.Error("a bridge without a collector")
	}
	for _, address := range []string{"graphite:2003", "127.0.0.1:1", "[::1]:2003"} {
		if _, err := graphite.New(address, collecting(), nil); err != nil {
			t.Error(err)
		}
	}
}

// TestDialWithoutEnds refuses a connection that nothing can be confirmed on.
func TestDialWithoutEnds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBridgeTo(t, "carbon:2003", collecting(gauge("g", 1)), graphite.Options{
			Dial: func(context.Context, string, string) (net.Conn, error) {
				c, _ := net.Pipe()
				return c, nil
			},
		})
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := b.Push(ctx); err == nil || !strings.Contains(err.Error(), "has no method CloseWrite") {
			t.Errorf("error %v", err)
		}
		wantSelf(t, b, map[string]float64{`waiting_samples{}`: 1})
	})
}
