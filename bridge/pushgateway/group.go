package pushgateway

import (
	"encoding/base64"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"polymeter.dev/metric"
)

// jobLabel is the label that every group has.
const jobLabel = "job"

// group is the set of labels under which a gateway keeps what is pushed.
type group struct {
	labels map[string]string // by the names that the gateway shows
	path   string            // of the group below the gateway's address
}

// newGroup checks the labels and puts the path together.
func newGroup(job string, grouping map[string]string, escaping metric.Escaping) (*group, error) {
	switch {
	case job == "":
		return nil, errors.New("pushgateway: the job is empty")
	case !utf8.ValidString(job):
		return nil, fmt.Errorf("pushgateway: the job %q is not valid UTF-8", job)
	}
	g := &group{labels: map[string]string{jobLabel: job}, path: "/metrics" + segments(jobLabel, job)}
	for _, name := range slices.Sorted(maps.Keys(grouping)) {
		if err := g.add(name, grouping[name], escaping); err != nil {
			return nil, err
		}
	}
	return g, nil
}

// add adds a grouping label. In the path, and there alone, a name that is not legacy
// must be escaped in a way that the gateway can undo.
func (g *group) add(name, value string, escaping metric.Escaping) error {
	if err := metric.UTF8Validation.CheckLabelName(name); err != nil {
		return fmt.Errorf("pushgateway: grouping: %w", err)
	}
	if !utf8.ValidString(value) {
		return fmt.Errorf("pushgateway: grouping: the value %q of label %q is not valid UTF-8", value, name)
	}
	shown := escaping.EscapeLabelName(name)
	written := shown
	if escaping == metric.AllowUTF8 {
		written = metric.Values.EscapeLabelName(name)
	}
	if err := metric.LegacyValidation.CheckLabelName(written); err != nil {
		return fmt.Errorf("pushgateway: grouping: label %q: %w", name, err)
	}
	switch _, taken := g.labels[shown]; {
	case shown == jobLabel:
		return fmt.Errorf("pushgateway: grouping: label %q is that of the job", name)
	case shown == "le" || shown == "quantile":
		return fmt.Errorf("pushgateway: grouping: label %q has a meaning of its own in histograms and summaries", name)
	case taken:
		return fmt.Errorf("pushgateway: grouping: two labels have the name %q", shown)
	}
	g.labels[shown] = value
	g.path += segments(written, value)
	return nil
}

// segments returns the part of the path that names a label and its value. Whatever is not
// sure to pass through the path as it is, which servers on the way clean and unescape,
// stands in base64; an empty value is a single padding character.
func segments(name, value string) string {
	switch {
	case value == "":
		return "/" + name + "@base64/="
	case survives(value):
		return "/" + name + "/" + value
	}
	return "/" + name + "@base64/" + base64.RawURLEncoding.EncodeToString([]byte(value))
}

// survives reports whether a value stays what it is in a path: it is not one of the names
// that mean a folder, and has nothing but the characters that need no escaping
// (RFC 3986, section 2.3), and the colon of addresses.
func survives(value string) bool {
	if value == "." || value == ".." {
		return false
	}
	return !strings.ContainsFunc(value, func(r rune) bool {
		isLetter := 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z'
		return !isLetter && !('0' <= r && r <= '9') && !strings.ContainsRune("-._~:", r)
	})
}

// clash returns the error for a series with a label that the group has with another
// value, which the gateway would replace without a word.
func (g *group) clash(labels metric.Labels, escaping metric.Escaping) error {
	for name, value := range labels.All() {
		shown := escaping.EscapeLabelName(name)
		if of, found := g.labels[shown]; found && value != of && value != "" {
			return fmt.Errorf("label %q is %q, but the group has %s=%q, which the gateway would put in its place", name, value, shown, of)
		}
	}
	return nil
}
