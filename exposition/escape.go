package exposition

import (
	"fmt"
	"slices"
	"strings"
	"sync"

	"polymeter.dev/metric"
)

// rememberedSeries is how many label sets one generation of a labelCache holds.
const rememberedSeries = 1 << 16

// labelCaches remember, for each escaping scheme, how label sets are shown
// whose names the scheme changes. They are shared by all encoders, so that a
// series is rendered once and not at every scrape.
var labelCaches [metric.Values + 1]labelCache

// labelCache keeps the label sets used since the last two times it was full:
// those still in use move from the stale to the fresh generation.
type labelCache struct {
	mu           sync.Mutex
	fresh, stale map[metric.Labels]shownLabels
}

type shownLabels struct {
	text string
	err  error
}

func (c *labelCache) get(l metric.Labels, scheme metric.Escaping) (string, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if shown, ok := c.fresh[l]; ok {
		return shown.text, shown.err
	}
	shown, ok := c.stale[l]
	if !ok {
		shown.text, shown.err = escapeLabels(l, scheme)
	}
	if len(c.fresh) >= rememberedSeries {
		c.stale, c.fresh = c.fresh, nil
	}
	if c.fresh == nil {
		c.fresh = make(map[metric.Labels]shownLabels)
	}
	c.fresh[l] = shown
	return shown.text, shown.err
}

// showLabels returns the text of the labels with their names under the scheme,
// or an error when two names become one.
func showLabels(l metric.Labels, scheme metric.Escaping) (string, error) {
	text := l.Text()
	if scheme == metric.AllowUTF8 || int(scheme) >= len(labelCaches) {
		return text, nil
	}
	if !l.Quoted() && (scheme != metric.Dots || strings.IndexByte(text, '_') < 0) {
		return text, nil
	}
	return labelCaches[scheme].get(l, scheme)
}

func escapeLabels(l metric.Labels, scheme metric.Escaping) (string, error) {
	var names []string
	text := make([]byte, 0, len(l.Text())+32)
	for name, value := range l.All() {
		escaped := scheme.EscapeLabelName(name)
		if slices.Contains(names, escaped) {
			return "", fmt.Errorf("two label names of {%s} become %q under escaping %s", l.Text(), escaped, scheme)
		}
		if len(names) > 0 {
			text = append(text, ',')
		}
		names = append(names, escaped)
		text = append(text, escaped...)
		text = append(text, '=')
		text = metric.AppendQuoted(text, value)
	}
	return string(text), nil
}
