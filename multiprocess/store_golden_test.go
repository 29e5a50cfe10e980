//go:build unix

package multiprocess_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"polymeter.dev/internal/cell"
	"polymeter.dev/metric"
	"polymeter.dev/multiprocess"
)

// entry is an entry of a golden file, its parts written out.
type entry struct {
	key    string
	spaces int
	value  float64
	time   float64
}

// golden builds the bytes of a whole file.
func golden(t *testing.T, layout multiprocess.Layout, entries ...entry) []byte {
	t.Helper()
	var body []byte
	number := func(v any) {
		var err error
		if body, err = binary.Append(body, binary.NativeEndian, v); err != nil {
			t.Fatal(err)
		}
	}
	for _, e := range entries {
		number(int32(len(e.key)))
		body = append(body, e.key...)
		body = append(body, bytes.Repeat([]byte(" "), e.spaces)...)
		number(e.value)
		if layout == multiprocess.LayoutNewer {
			number(e.time)
		}
	}
	content := body
	body = nil
	number(int32(8 + len(content)))
	number(int32(0))
	file := make([]byte, 65536)
	copy(file, append(body, content...))
	return file
}

// TestGoldenFiles compares whole files, byte by byte, with what the Python client
// writes for the same metrics.
func TestGoldenFiles(t *testing.T) {
	t.Parallel()
	for _, layout := range []multiprocess.Layout{multiprocess.LayoutNewer, multiprocess.LayoutOlder} {
		t.Run(fmt.Sprint(layout), func(t *testing.T) {
			t.Parallel()
			s := openStore(t, t.TempDir(), multiprocess.Options{Identifier: named("1"), Layout: layout})
			gauge := openPlace(t, s, gaugeSpec(metric.GaugeLiveMax))
			cell.FloatAt(gauge.Words[0]).Set(-1.5)
			if gauge.Stamped {
				cell.FloatAt(gauge.Words[1]).Set(1700000000.25)
			}
			add(t, openPlace(t, s, counterSpec()), 0, 1)
			add(t, openPlace(t, s, counterSpec("b", "a"), "é\n", `"`), 0, 0.5)
			add(t, openPlace(t, s, histogramSpec(.5), "/", "200"), 1, 2)
			add(t, openPlace(t, s, summarySpec()), 1, 9)
			for name, want := range map[string][]byte{
				"gauge_livemax_1.db": golden(t, layout,
					entry{`["depth", "depth", {}, "Jobs waiting."]`, 5, -1.5, 1700000000.25}),
				"counter_1.db": golden(t, layout,
					entry{`["jobs", "jobs_total", {}, "Jobs done."]`, 4, 1, 0},
					entry{`["jobs", "jobs_total", {"a": "\"", "b": "\u00e9\n"}, "Jobs done."]`, 2, .5, 0}),
				"histogram_1.db": golden(t, layout,
					entry{`["latency_seconds", "latency_seconds_sum", {"code": "200", "path": "/"}, "Time taken."]`, 5, 0, 0},
					entry{`["latency_seconds", "latency_seconds_bucket", {"code": "200", "le": "0.5", "path": "/"}, "Time taken."]`, 5, 0, 0},
					entry{`["latency_seconds", "latency_seconds_bucket", {"code": "200", "le": "+Inf", "path": "/"}, "Time taken."]`, 4, 2, 0}),
				"summary_1.db": golden(t, layout,
					entry{`["size_bytes", "size_bytes_count", {}, "Size."]`, 5, 0, 0},
					entry{`["size_bytes", "size_bytes_sum", {}, "Size."]`, 7, 9, 0}),
			} {
				got, err := os.ReadFile(filepath.Join(s.Dir(), name))
				if err != nil {
					t.Fatal(err)
				}
				if !bytes.Equal(got, want) {
					t.Errorf("%s:\n got %q\nwant %q", name, bytes.TrimRight(got, "\x00"), bytes.TrimRight(want, "\x00"))
				}
			}
		})
	}
}
