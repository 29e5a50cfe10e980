package graphite

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"polymeter.dev/metric"
)

// label is one of the labels of a series.
type label struct{ name, value string }

// paths makes the paths of series.
type paths struct {
	prefix string
	tags   bool
	dots   bool
	added  []label // to series that lack them
}

func newPaths(o *Options) paths {
	p := paths{prefix: o.Prefix, tags: o.Tags, dots: o.Dots}
	if p.prefix != "" {
		p.prefix += "."
	}
	for _, name := range slices.Sorted(maps.Keys(o.Labels)) {
		p.added = append(p.added, label{name, o.Labels[name]})
	}
	return p
}

// of returns the path of a series. It fails when the names of two of its tags become
// the same.
func (p *paths) of(key seriesKey, boundName string) (string, error) {
	labels := p.labels(key, boundName)
	if !p.tags {
		return p.levels(key.name+key.suffix, labels), nil
	}
	return p.tagged(key.name+key.suffix, labels)
}

// labels returns the labels of a series by name, without those that have no value: they
// mean nothing, and Graphite takes neither tags nor levels that are empty.
func (p *paths) labels(key seriesKey, boundName string) []label {
	labels := make([]label, 0, key.labels.Len()+len(p.added)+1)
	for name, value := range key.labels.All() {
		labels = append(labels, label{name, value})
	}
	if boundName != "" {
		labels = append(labels, label{boundName, key.bound})
	}
	own := labels
	for _, add := range p.added {
		if !slices.ContainsFunc(own, func(l label) bool { return l.name == add.name }) {
			labels = append(labels, add)
		}
	}
	labels = slices.DeleteFunc(labels, func(l label) bool { return l.value == "" })
	slices.SortFunc(labels, func(a, b label) int { return cmp.Compare(a.name, b.name) })
	return labels
}

// levels returns a path of levels, name.label.value.
func (p *paths) levels(name string, labels []label) string {
	var b strings.Builder
	b.WriteString(p.prefix)
	b.WriteString(p.level(name))
	for _, l := range labels {
		b.WriteByte('.')
		b.WriteString(p.level(l.name))
		b.WriteByte('.')
		b.WriteString(p.level(l.value))
	}
	return b.String()
}

// level returns text as one level of a path, or as several.
func (p *paths) level(text string) string {
	text = strings.Map(func(r rune) rune {
		if isPlain(r) || r == '.' && p.dots {
			return r
		}
		return '_'
	}, text)
	if !strings.Contains(text, ".") {
		return text
	}
	levels := strings.Split(text, ".")
	for i, l := range levels {
		levels[i] = cmp.Or(l, "_")
	}
	return strings.Join(levels, ".")
}

// isPlain reports whether a character is the same in all that reads paths: it is no
// pattern of a query, and no part of a file name that means something else.
func isPlain(r rune) bool {
	return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || r == '_' || r == ':' || r == '-'
}

// tagged returns a path with tags, name;label=value, in the order in which carbon puts them
// (https://graphite.readthedocs.io/en/latest/tags.html, section "Carbon").
func (p *paths) tagged(name string, labels []label) (string, error) {
	names, tags := make(map[string]bool, len(labels)), make([]string, 0, len(labels))
	for _, l := range labels {
		tag := tagName(l.name)
		if names[tag] {
			return "", fmt.Errorf("graphite: two tags of %q have the name %q", name, tag)
		}
		names[tag] = true
		tags = append(tags, ";"+tag+"="+tagValue(l.value))
	}
	slices.Sort(tags)
	path := tagValue(p.prefix+name) + strings.Join(tags, "")
	// Carbon takes what ends like this, and has an opening brace, for another notation.
	if strings.HasSuffix(path, `"}`) && strings.Contains(path, "{") {
		path = path[:len(path)-1] + "_"
	}
	return path, nil
}

// tagName returns the name of a label as that of a tag. The tag "name" is Graphite's own,
// for the name of the metric.
func tagName(name string) string {
	if name == "name" {
		return "exported_name"
	}
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune("!^=", r) {
			return '_'
		}
		return tagRune(r)
	}, name)
}

// tagValue returns text as the value of a tag, or as the name of a metric, which is the
// value of a tag to Graphite.
func tagValue(value string) string {
	value = strings.Map(tagRune, value)
	if strings.HasPrefix(value, "~") {
		return "_" + value[1:]
	}
	return value
}

// tagRune returns a character, or an underscore for one that would end the tag or the
// line, or that does not get through: Python, in which carbon is written, ends words and
// lines at more characters than other languages do.
func tagRune(r rune) rune {
	if r == ';' || r == utf8.RuneError || unicode.IsSpace(r) || unicode.IsControl(r) {
		return '_'
	}
	return r
}

// seriesKey says which series a sample belongs to, in terms of what is collected.
type seriesKey struct {
	name, suffix string
	bound        string // the le of a bucket, or the quantile
	labels       metric.Labels
}
