package graphite_test

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"math"
	"net"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"polymeter.dev/bridge/graphite"
	"polymeter.dev/internal/gather"
	"polymeter.dev/metric"
)

// guarded is a collector whose families are not checked first.
type guarded struct{ metric.Collector }

func (guarded) Guarded(gather.Mark) {}

// recorder keeps the bytes that come over a connection in memory.
type recorder struct{ raw []byte }

func (r *recorder) dial(context.Context, string, string) (net.Conn, error) {
	client, server := pipe()
	go func() {
		defer server.Close()
		r.raw, _ = io.ReadAll(server)
	}()
	return client, nil
}

// FuzzPaths sends a sample of any name and labels by text and by pickles, with labels as
// levels and as tags. Carbon must understand it, and as much of it must be left as can be.
func FuzzPaths(f *testing.F) {
	f.Add("app_requests_total", "endpoint", "/api/users", "method", "GET", 100.0, int64(1), true, true)
	f.Add("~a.b", "name", "~", "n!^=", `{"a":"b"}`, math.Inf(-1), int64(math.MaxUint32), true, false)
	f.Add("a b\xff", "\x1c", ";\u2028", "\x00", "..", 1e-300, int64(0), false, true)
	f.Fuzz(func(t *testing.T, name, label1, value1, label2, value2 string, value float64, at int64, tags, dots bool) {
		labels, err := metric.MakeLabels([]string{label1, label2}, []string{value1, value2})
		if err != nil || name == "" {
			return
		}
		raw := metric.NewRawFamily("raw", "", metric.TypeUnknown)
		raw.Add(metric.Sample{Name: name, Labels: labels, Value: value, Timestamp: metric.NewTimestamp(at, 0)})
		c := guarded{collecting(raw)}
		o := graphite.Options{Tags: tags, Dots: dots, Logger: silent}
		lines := strings.SplitAfter(string(record(t, c, o)), "\n")
		o.Protocol = graphite.Pickle
		frames := record(t, c, o)
		if lines = lines[:len(lines)-1]; len(lines) == 0 {
			if len(frames) > 0 {
				t.Errorf("a pickle of what is no line: %q", frames)
			}
			checkLost(t, name, labels, value, at, tags)
			return
		}
		words := checkLine(t, lines, value, at)
		checkFrame(t, frames, words)
		if tags {
			checkTags(t, words[0], name, labels)
		} else {
			checkLevels(t, words[0], name, labels, dots)
		}
	})
}

// record returns what a push of the collector sends.
func record(t *testing.T, c metric.Collector, o graphite.Options) []byte {
	var r recorder
	o.Dial = r.dial
	b, err := graphite.New("carbon:2003", c, &o)
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Push(t.Context()); err != nil {
		t.Fatal(err)
	}
	return r.raw
}

// checkLost looks for the reason why nothing was sent.
func checkLost(t *testing.T, name string, labels metric.Labels, value float64, at int64, tags bool) {
	names := map[string]bool{}
	for tag := range labels.All() {
		names[sanitised(tag, ";!^=")] = true
	}
	switch {
	case math.IsNaN(value), at < 0, at > math.MaxUint32, len(name)+2*len(labels.Text()) > 16000:
	case tags && len(names) < labels.Len(), tags && names["name"]:
	default:
		t.Errorf("%q %q %v %d was not sent", name, labels, value, at)
	}
}

// checkLine returns the words of the only line.
func checkLine(t *testing.T, lines []string, value float64, at int64) []string {
	line := strings.Join(lines, "")
	words := pythonSplit(line)
	if len(lines) != 1 || len(words) != 3 || strings.Join(words, " ")+"\n" != line || len(line) > 16384 || !utf8.ValidString(line) {
		t.Fatalf("%q is not one line of three words", line)
	}
	v, err := strconv.ParseFloat(words[1], 64)
	if err != nil || v != value || words[2] != strconv.FormatInt(at, 10) {
		t.Errorf("%q does not say %v at %d", line, value, at)
	}
	return words
}

// checkFrame compares the only pickle with the line.
func checkFrame(t *testing.T, frame []byte, words []string) {
	lines, pickles, err := unframe(frame)
	if err != nil || len(lines) != 1 || pickles != 1 {
		t.Fatalf("%v in %q: %v", lines, frame, err)
	}
	pickled := strings.Split(lines[0], " ")
	v, err := strconv.ParseFloat(words[1], 64)
	w, err2 := strconv.ParseFloat(pickled[1], 64)
	if pickled[0] != words[0] || pickled[2] != words[2] || errors.Join(err, err2) != nil || v != w {
		t.Errorf("the pickle has %q, the line %q", pickled, words)
	}
}

// unframe returns the lines of all pickles that came over a connection, and their number.
func unframe(raw []byte) (lines []string, pickles int, err error) {
	for ; len(raw) > 0; pickles++ {
		if len(raw) < 4 {
			return nil, 0, errors.New("a length is cut")
		}
		n := binary.BigEndian.Uint32(raw)
		if n > 1<<20 || int(n) > len(raw)-4 {
			return nil, 0, errors.New("a pickle is too long, or cut")
		}
		more, err := unpickle(raw[4 : 4+n])
		if err != nil {
			return nil, 0, err
		}
		lines, raw = append(lines, more...), raw[4+n:]
	}
	return lines, pickles, nil
}

// sanitised replaces what cannot be in a part of a path.
func sanitised(s, forbidden string) string {
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune(pythonBlanks+forbidden, r) || r < ' ' || r >= 0x7f && r < 0xa0 || r == utf8.RuneError {
			return '_'
		}
		return r
	}, s)
}

// checkTags compares the tags of a path with the labels: nothing is changed that carbon
// takes.
func checkTags(t *testing.T, path, name string, labels metric.Labels) {
	tail := ""
	if strings.HasSuffix(path, `"_`) { // perhaps because of the other notation
		tail = "}"
	}
	gotName, tags, err := tagsOf(path)
	if err != nil {
		t.Fatalf("carbon does not take %q: %v", path, err)
	}
	same := func(what, got, from string) {
		want := sanitised(from, ";")
		if strings.HasPrefix(want, "~") {
			want = "_" + want[1:]
		}
		if got != want && (tail == "" || strings.TrimSuffix(got, "_")+tail != want) {
			t.Errorf("%s is %q in %q, want %q", what, got, path, want)
		}
	}
	same("the name", gotName, name)
	n := 0
	for label, value := range labels.All() {
		if value == "" {
			continue
		}
		n++
		tag := sanitised(label, ";!^=")
		if tag == "name" {
			tag = "exported_name"
		}
		same("tag "+tag, tags[tag], value)
	}
	if len(tags) != n {
		t.Errorf("%d tags in %q, want %d", len(tags), path, n)
	}
}

// checkLevels checks that there are as many levels as there should be, all of them with
// a name of plain characters.
func checkLevels(t *testing.T, path, name string, labels metric.Labels, dots bool) {
	runes := utf8.RuneCountInString(name)
	want, most := 1, strings.Count(name, ".")
	for label, value := range labels.All() {
		if value == "" {
			continue
		}
		want += 2
		most += strings.Count(label+value, ".")
		runes += utf8.RuneCountInString(label) + utf8.RuneCountInString(value) + 2
	}
	levels := strings.Split(path, ".")
	if dots {
		want += most
	} else if len(path) != runes {
		t.Errorf("%q has %d characters, want %d", path, len(path), runes)
	}
	if len(levels) != want {
		t.Errorf("%q has %d levels, want %d", path, len(levels), want)
	}
	for _, level := range levels {
		if level == "" || strings.Trim(level, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_:-") != "" {
			t.Errorf("the level %q in %q", level, path)
		}
	}
}
