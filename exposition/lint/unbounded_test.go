package lint_test

import (
	"testing"

	"polymeter.dev/exposition/lint"
)

// labelled is a value of a label as programs have it.
type labelled struct{ label, value string }

// unbounded are values of which there are more and more.
var unbounded = []labelled{
	{"request_id", "0b9a1c1e-3f5c-4b7e-9a5d-2f6f3c1d7e90"},
	{"request_id", "{0B9A1C1E-3F5C-4B7E-9A5D-2F6F3C1D7E90}"},
	{"request_id", "urn:uuid:018f3a5c-7d2e-7c3b-9a1f-0123456789ab"},
	{"persistentvolume", "pvc-0b9a1c1e-3f5c-4b7e-9a5d-2f6f3c1d7e90"},
	{"user", "user_0b9a1c1e-3f5c-4b7e-9a5d-2f6f3c1d7e90"},
	{"revision", "3f786850e387550fdab836ed7e6dc881de23001b"},
	{"digest", "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
	{"trace_id", "4bf92f3577b34da6a3ce929d0e0e4736"},
	{"span_id", "4bf92f3577b34da6"},
	{"id", "12345678901234567890123456789012"},
	{"object", "507f1f77bcf86cd799439011"},
	{"order", "01ARZ3NDEKTSV4RRFFQ69G5FAV"},
	{"message", "175928847299117063"},
	{"imei", "490154203237518"},
	{"user", "jane.doe+x@example.org"},
	{"caller", "+4915112345678"},
	{"client", "10.1.2.3:51234"},
	{"client", "10.1.2.3"},
	{"client", "[2001:db8::1]:443"},
	{"client", "fe80::1%eth0"},
	{"at", "2026-11-03T10:00:00Z"},
	{"at", "2026-11-03 10:00:00.5 +0100 CET"},
	{"at", "1700000000"},
	{"at", "1700000000123"},
	{"at", "1700000000123456789"},
	{"at", "1700000000.5"},
	{"path", "/users/123/orders"},
	{"path", "/users/17"},
	{"path", "/files/0b9a1c1e-3f5c-4b7e-9a5d-2f6f3c1d7e90"},
	{"path", "/search?q=metrics"},
	{"url", "https://example.org/items/42"},
	{"container_id", "containerd://e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
	{"mountpoint", "/var/lib/kubelet/pods/0b9a1c1e-3f5c-4b7e-9a5d-2f6f3c1d7e90/volumes/x"},
	{"error", "dial tcp 10.1.2.3:5432: connect: connection refused"},
	{"error", "read tcp 10.1.2.3:34567->10.1.2.4:5432: i/o timeout"},
	{"error", `job "0b9a1c1e-3f5c-4b7e-9a5d-2f6f3c1d7e90" is unknown`},
	{"token", "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1g"},
	{"agent", "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"},
}

// bounded are values that look like those at first glance, and are few.
var bounded = []labelled{
	{"queue", ""},
	{"queue", "a"},
	{"method", "GET"},
	{"code", "200"},
	{"port", "51234"},
	{"number", "4711"},
	{"limit", "1073741824"}, // bytes
	{"limit", "137438953472"},
	{"account", "123456789012"},
	{"path", "/"},
	{"path", "/api/v1/users"},
	{"path", "/rest/api/2/issue"},
	{"path", "/users/:id"},
	{"path", "/users/{id}"},
	{"path", "/why?"},
	{"url", "https://example.org/api"},
	{"alertmanager", "http://10.0.0.5:9093/api/v2/alerts"},
	{"uri", "spiffe://cluster.local/ns/shop/sa/cart"},
	{"mountpoint", "/run/user/1000"},
	{"mountpoint", "/data/12"},
	{"device", "/dev/mapper/vg-root"},
	{"device", "eth0"},
	{"device", "br-3f4e5a6b7c8d"},
	{"chip", "0000:00:01_1_0000:01:00_0"},
	{"address", "aa:bb:cc:dd:ee:ff"},
	{"name", "getty@tty1.service"},
	{"name", "user@1000.service"},
	{"name", "run-user-1000.mount"},
	{"subnet", "10.0.0.0/8"},
	{"listener", "127.0.0.1:9090"},
	{"listener", "0.0.0.0"},
	{"listener", "::1"},
	{"group", "224.0.0.251"},
	{"node", "me@host"},
	{"package", "react@18.2.0"},
	{"pod", "cart-7d9f8b6c5d-x2x4z"},
	{"image", "registry.example.org/shop/cart:v1.2.3"},
	{"arn", "arn:aws:sqs:eu-west-1:123456789012:orders"},
	{"word", "deadbeef"},
	{"word", "accommodated"},
	{"word", "INTERNATIONALIZATION"},
	{"commit", "7f32ac0"},
	{"date", "2026-11-03"},
	{"quarter", "2026-Q4"},
	{"release", "v1.2.3"},
	{"release", "10.1.2.3"},
	{"firmware_version", "10.1.2.3"},
	{"version", "PostgreSQL 17.2 (Debian 17.2-1) on x86_64-pc-linux-gnu"},
	{"goversion", "go1.26.8"},
	{"error", "connection refused"},
	{"error", "dial tcp 127.0.0.1:5432: connect: connection refused"},
	{"statement", "SELECT id FROM orders WHERE state = $1"},
	{"agent", "Mozilla/5.0"},
	{"instance", "10.1.2.3:9090"}, // which is another rule's
}

func unboundedExamples() []example {
	var examples []example
	one := func(l labelled) *family { return of(gauge, "jobs", line("jobs", 1, l.label, l.value)) }
	for _, l := range unbounded {
		examples = append(examples, bad(l.value, one(l)))
	}
	for _, l := range bounded {
		examples = append(examples, good(l.label+" "+l.value, one(l)))
	}
	return append(examples,
		good("info", of(info, "build", line("build_info", 1, "revision", "3f786850e387550fdab836ed7e6dc881de23001b"))),
		good("gauge that is an info", of(gauge, "pod_info", line("pod_info", 1, "uid", "0b9a1c1e-3f5c-4b7e-9a5d-2f6f3c1d7e90"))),
	)
}

// TestUnboundedAlone checks that the only one of its kind, which may be a name,
// matters less than several do, unless its severity was chosen.
func TestUnboundedAlone(t *testing.T) {
	t.Parallel()
	disk := func(uuids ...string) *family {
		f := of(gauge, "disk_errors")
		for _, uuid := range uuids {
			f.samples = append(f.samples, line("disk_errors", 1, "uuid", uuid), line("disk_errors", 1, "uuid", uuid))
		}
		return f
	}
	const a, b = "0b9a1c1e-3f5c-4b7e-9a5d-2f6f3c1d7e90", "1b9a1c1e-3f5c-4b7e-9a5d-2f6f3c1d7e90"
	chosen := map[string]lint.Severity{"label-value-unbounded": lint.Error}
	for _, test := range []struct {
		name       string
		severities map[string]lint.Severity
		page       *family
		want       lint.Severity
		count      int
	}{
		{"one", nil, disk(a), lint.Info, 1},
		{"one among others", nil, disk(a, "unknown"), lint.Info, 1},
		{"two", nil, disk(a, b), lint.Warning, 2},
		{"one, chosen", chosen, disk(a), lint.Error, 1},
		{"two, chosen", chosen, disk(a, b), lint.Error, 2},
		{"one that happens", nil, of(gauge, "jobs", line("jobs", 1, "path", "/users/17")), lint.Warning, 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			findings := check(t, lint.Options{Enable: []string{"label-value-unbounded"}, Severities: test.severities}, test.page)
			if len(findings) != 1 || findings[0].Severity != test.want || findings[0].Count != test.count {
				t.Errorf("findings %v", shown(findings))
			}
		})
	}
}
