package pushgateway_test

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"polymeter.dev/bridge/pushgateway"
	"polymeter.dev/metric"
)

// pathOf returns the path of the group, as it arrives.
func pathOf(t *testing.T, job string, o pushgateway.Options) string {
	t.Helper()
	g := newGateway()
	p, err := newNamed(g, job, nil, o)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Delete(t.Context()); err != nil {
		t.Fatal(err)
	}
	return g.last(t).URL.EscapedPath()
}

func TestGroupPath(t *testing.T) {
	t.Parallel()
	utf8Names := pushgateway.Options{Escaping: metric.AllowUTF8}
	tests := []struct {
		name, job string
		grouping  map[string]string
		o         pushgateway.Options
		want      string
	}{
		{"plain", "copy", nil, pushgateway.Options{}, "/metrics/job/copy"},
		{"sorted", "copy", map[string]string{"zone": "a", "instance": "db1:9090"}, pushgateway.Options{}, "/metrics/job/copy/instance/db1:9090/zone/a"},
		{"slash", "a/b", nil, pushgateway.Options{}, "/metrics/job@base64/YS9i"},
		{"blank", "a b", nil, pushgateway.Options{}, "/metrics/job@base64/YSBi"},
		{"plus", "a+b", nil, pushgateway.Options{}, "/metrics/job@base64/YSti"},
		{"percent", "%2F", nil, pushgateway.Options{}, "/metrics/job@base64/JTJG"},
		{"unicode", "café", nil, pushgateway.Options{}, "/metrics/job@base64/Y2Fmw6k"},
		{"the URL alphabet", "???>>>", nil, pushgateway.Options{}, "/metrics/job@base64/Pz8_Pj4-"},
		{"the folder", ".", map[string]string{"a": ".."}, pushgateway.Options{}, "/metrics/job@base64/Lg/a@base64/Li4"},
		{"empty value", "j", map[string]string{"a": ""}, pushgateway.Options{}, "/metrics/job/j/a@base64/="},
		{"underscores", "j", map[string]string{"a.b": "c"}, pushgateway.Options{}, "/metrics/job/j/a_b/c"},
		{"values", "j", map[string]string{"a.b": "c"}, pushgateway.Options{Escaping: metric.Values}, "/metrics/job/j/U__a_2e_b/c"},
		{"UTF-8", "j", map[string]string{"a.b": "c"}, utf8Names, "/metrics/job/j/U__a_2e_b/c"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			test.o.Grouping = test.grouping
			if got := pathOf(t, test.job, test.o); got != test.want {
				t.Errorf("path %s, want %s", got, test.want)
			}
		})
	}
}

func TestGroupRefused(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, job string
		grouping  map[string]string
		want      string
	}{
		{"no job", "", nil, "pushgateway: the job is empty"},
		{"job", "\xff", nil, `pushgateway: the job "\xff" is not valid UTF-8`},
		{"value", "j", map[string]string{"a": "\xff"}, `pushgateway: grouping: the value "\xff" of label "a" is not valid UTF-8`},
		{"empty name", "j", map[string]string{"": "x"}, "pushgateway: grouping: metric: label name \"\" is empty"},
		{"name", "j", map[string]string{"\xff": "x"}, "pushgateway: grouping: metric: label name"},
		{"reserved name", "j", map[string]string{"__a": "x"}, `pushgateway: grouping: metric: label name "__a"`},
		{"reserved once escaped", "j", map[string]string{".-a": "x"}, `pushgateway: grouping: label ".-a": metric: label name "__a"`},
		{"job twice", "j", map[string]string{"job": "x"}, `pushgateway: grouping: label "job" is that of the job`},
		{"bucket", "j", map[string]string{"le": "x"}, `pushgateway: grouping: label "le" has a meaning of its own`},
		{"collision", "j", map[string]string{"a.b": "x", "a_b": "y"}, `pushgateway: grouping: two labels have the name "a_b"`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			_, err := pushgateway.New("http://gateway", test.job, nil, &pushgateway.Options{Grouping: test.grouping})
			wantError(t, err, test.want)
		})
	}
}

// FuzzGroupPath reads the path of a group by the gateway's rules and finds what was
// written.
func FuzzGroupPath(f *testing.F) {
	f.Add("job", "instance", "host:9090", uint8(0))
	f.Add("a/b", "a.b", "", uint8(1))
	f.Add("..", "ü", "+ %2F\n", uint8(2))
	f.Add(".", "__", "=", uint8(3))
	f.Add("j", "job", "\xff", uint8(0))
	f.Fuzz(func(t *testing.T, job, name, value string, scheme uint8) {
		escaping := metric.Escaping(scheme % 4)
		g := newGateway()
		p, err := newNamed(g, job, nil, pushgateway.Options{Grouping: map[string]string{name: value}, Escaping: escaping})
		if err != nil {
			ordinary := metric.IsLegacyLabelName(name) && !strings.HasPrefix(name, "__") && !slices.Contains([]string{"job", "le", "quantile"}, name)
			if job != "" && utf8.ValidString(job) && utf8.ValidString(value) && ordinary && escaping != metric.Dots {
				t.Fatalf("job %q, %q=%q: %v", job, name, value, err)
			}
			return
		}
		if err := p.Delete(t.Context()); err != nil {
			t.Fatal(err)
		}
		got, err := groupOf(g.last(t).URL.Path)
		if err != nil {
			t.Fatal(err)
		}
		label := escaping.EscapeLabelName(name)
		if escaping == metric.AllowUTF8 {
			label = metric.Values.EscapeLabelName(name)
		}
		if diff := cmp.Diff(map[string]string{"job": job, label: value}, got); diff != "" {
			t.Errorf("the path says (-want +got):\n%s", diff)
		}
	})
}
