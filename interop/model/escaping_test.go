package model_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/prometheus/common/model"
	"pgregory.net/rapid"

	"polymeter.dev/interop/promread"
	"polymeter.dev/metric"
)

// names are valid UTF-8, rich in what the schemes treat in a special way.
var names = rapid.OneOf(
	rapid.String(),
	rapid.StringOfN(rapid.RuneFrom([]rune("aZ09_:.-é日🎉U \n\"\x00")), 0, 12, -1),
	rapid.SampledFrom([]string{
		"", "1.2", "_", "__", "U__", "U__a_2e_b", "U__a_D800_b", "U__a_", "a_dot_b", "a._b", ":", "a:b", "_dot_", "1", ".", "é", "a_2e_b",
	}),
)

var sixDigits = regexp.MustCompile(`_[0-9a-fA-F]{6}_`)

// TestEscapedMetricNames: both escape every metric name alike. There is no
// exception among valid names; those that are not valid UTF-8 are refused here
// before they get as far.
func TestEscapedMetricNames(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		name := names.Draw(t, "name")
		for ours, theirs := range promread.Schemes {
			if got, want := ours.EscapeMetricName(name), model.EscapeName(name, theirs); got != want {
				t.Errorf("%s of %q = %q, want %q", ours, name, got, want)
			}
		}
	})
}

// TestEscapedLabelNames: both escape label names alike, unless they have a
// colon. It is legal in metric names alone, and Prometheus escapes no
// differently for labels, so its result can be a name that its own parsers
// refuse without quotes.
func TestEscapedLabelNames(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		name := names.Draw(t, "name")
		for ours, theirs := range promread.Schemes {
			got := ours.EscapeLabelName(name)
			if strings.Contains(name, ":") {
				if ours != metric.AllowUTF8 && !metric.IsLegacyLabelName(got) {
					t.Errorf("%s of %q = %q, which is no legacy label name", ours, name, got)
				}
				continue
			}
			if want := model.EscapeName(name, theirs); got != want {
				t.Errorf("%s of %q = %q, want %q", ours, name, got, want)
			}
		}
	})
}

// TestUnescapedNames: both undo the escaping of any name alike, and of any text
// that looks like an escaped one. The exception is the last of the planes of
// Unicode: Prometheus writes its code points, but does not read six digits.
func TestUnescapedNames(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		name := names.Draw(t, "name")
		for ours, theirs := range promread.Schemes {
			for _, escaped := range []string{name, "U__" + name, model.EscapeName(name, theirs)} {
				if sixDigits.MatchString(escaped) {
					continue
				}
				if got, want := ours.UnescapeMetricName(escaped), model.UnescapeName(escaped, theirs); got != want {
					t.Errorf("%s of %q is undone to %q, want %q", ours, escaped, got, want)
				}
			}
		}
		if !strings.HasPrefix(name, "U__") {
			if got := metric.Values.UnescapeMetricName(model.EscapeName(name, model.ValueEncodingEscaping)); got != name {
				t.Errorf("%q came back as %q", name, got)
			}
		}
	})
}
