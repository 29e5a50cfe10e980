package metrictest

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"

	"polymeter.dev/metric"
)

// bySample tells how two points of a series differ, one part a piece.
func bySample(got, want *metric.Sample) []string {
	if form(got) != form(want) {
		return []string{fmt.Sprintf("got a %s, want a %s", form(got), form(want))}
	}
	var d parts
	switch {
	case want.Histogram != nil:
		d.histogram(got.Histogram, want.Histogram)
	case want.Summary != nil:
		d.number("count", got.Summary.Count, want.Summary.Count)
		d.number("sum", got.Summary.Sum, want.Summary.Sum)
		d.bounds("quantile", quantiles(got.Summary), quantiles(want.Summary))
	case !same(got.Value, want.Value):
		d.add("got %s, want %s", number(got.Value), number(want.Value))
	}
	d.time("start", got.Start, want.Start)
	d.time("timestamp", got.Timestamp, want.Timestamp)
	d.exemplars(got.Exemplars, want.Exemplars)
	return d
}

// form says what kind of value a sample has.
func form(s *metric.Sample) string {
	switch {
	case s.Histogram != nil:
		return "histogram"
	case s.Summary != nil:
		return "summary"
	}
	return "single value"
}

// parts collects what is different.
type parts []string

func (d *parts) add(format string, args ...any) { *d = append(*d, fmt.Sprintf(format, args...)) }

func (d *parts) number(what string, got, want float64) {
	if !same(got, want) {
		d.add("%s: got %s, want %s", what, number(got), number(want))
	}
}

// time compares times, if one is expected.
func (d *parts) time(what string, got, want metric.Timestamp) {
	switch {
	case want.IsZero() || got == want:
	case got.IsZero():
		d.add("%s: got none, want %s", what, seconds(want))
	default:
		d.add("%s: got %s, want %s", what, seconds(got), seconds(want))
	}
}

func seconds(t metric.Timestamp) string {
	text, _ := t.AppendText(nil) // which never fails
	return string(text)
}

func (d *parts) histogram(got, want *metric.Histogram) {
	d.number("count", got.Count, want.Count)
	if got.NoSum != want.NoSum {
		d.add("sum: got %s, want %s", sum(got), sum(want))
	} else if !got.NoSum {
		d.number("sum", got.Sum, want.Sum)
	}
	d.bounds("bucket le", buckets(got), buckets(want))
	switch {
	case got.Native != nil && want.Native != nil:
		d.native(got.Native, want.Native)
	case got.Native != nil:
		d.add("native buckets: not expected, but there")
	case want.Native != nil:
		d.add("native buckets: missing")
	}
}

func sum(h *metric.Histogram) string {
	if h.NoSum {
		return "none"
	}
	return number(h.Sum)
}

func buckets(h *metric.Histogram) map[float64]float64 {
	all := map[float64]float64{}
	for _, b := range h.Buckets {
		all[b.UpperBound] = b.Count
	}
	return all
}

func quantiles(s *metric.Summary) map[float64]float64 {
	all := map[float64]float64{}
	for _, q := range s.Quantiles {
		all[q.Quantile] = q.Value
	}
	return all
}

// bounds compares values by bounds, in ascending order.
func (d *parts) bounds(what string, got, want map[float64]float64) {
	all := maps.Clone(want)
	maps.Copy(all, got)
	for _, bound := range slices.SortedFunc(maps.Keys(all), cmp.Compare) {
		g, hasGot := got[bound]
		w, hasWant := want[bound]
		title := fmt.Sprintf("%s=%q", what, metric.FormatFloat(bound))
		switch {
		case !hasGot:
			d.add("%s: missing, want %s", title, number(w))
		case !hasWant:
			d.add("%s: not expected, got %s", title, number(g))
		default:
			d.number(title, g, w)
		}
	}
}

// exemplars compares exemplars, if any are expected: which one a process keeps is
// seldom what a test is about.
func (d *parts) exemplars(got, want []metric.Exemplar) {
	if len(want) == 0 {
		return
	}
	rest := slices.Clone(got)
	for i := range want {
		at := slices.IndexFunc(rest, func(e metric.Exemplar) bool { return isExemplar(&e, &want[i]) })
		if at < 0 {
			d.add("exemplar: missing, want %s", exemplar(&want[i]))
			continue
		}
		rest = slices.Delete(rest, at, at+1)
	}
	for i := range rest {
		d.add("exemplar: not expected, got %s", exemplar(&rest[i]))
	}
}

func isExemplar(got, want *metric.Exemplar) bool {
	return got.Labels == want.Labels && same(got.Value, want.Value) &&
		(want.Timestamp.IsZero() || got.Timestamp == want.Timestamp)
}

func exemplar(e *metric.Exemplar) string {
	text := fmt.Sprintf("# %s %s", e.Labels, number(e.Value))
	if !e.Timestamp.IsZero() {
		text += " " + seconds(e.Timestamp)
	}
	return text
}

// native compares native buckets, which must have the same resolution.
func (d *parts) native(got, want *metric.NativeHistogram) {
	switch {
	case got.Schema != want.Schema:
		d.add("schema: got %d, want %d", got.Schema, want.Schema)
		return
	case !slices.Equal(got.CustomBounds, want.CustomBounds):
		d.add("custom bounds: got %v, want %v", got.CustomBounds, want.CustomBounds)
		return
	}
	d.number("zero threshold", got.ZeroThreshold, want.ZeroThreshold)
	d.number("zero bucket", got.ZeroCount, want.ZeroCount)
	d.side("negative bucket", got, want, true)
	d.side("bucket", got, want, false)
}

// side compares the buckets of one side by their indexes.
func (d *parts) side(what string, got, want *metric.NativeHistogram, negative bool) {
	g, w := counts(got, negative), counts(want, negative)
	all := maps.Clone(w)
	maps.Copy(all, g)
	for _, index := range slices.Sorted(maps.Keys(all)) {
		if !same(g[index], w[index]) {
			d.add("%s %d %s: got %s, want %s", what, index, interval(want, index, negative), number(g[index]), number(w[index]))
		}
	}
}

// counts returns the counts of one side by their indexes.
func counts(h *metric.NativeHistogram, negative bool) map[int32]float64 {
	buckets := h.PositiveBuckets()
	if negative {
		buckets = h.NegativeBuckets()
	}
	return maps.Collect(buckets)
}

// interval shows the bounds of a bucket.
func interval(h *metric.NativeHistogram, index int32, negative bool) string {
	lower, upper := bound(h, index-1), bound(h, index)
	if negative {
		return fmt.Sprintf("[%s, %s)", shortNumber(-upper), shortNumber(-lower))
	}
	return fmt.Sprintf("(%s, %s]", shortNumber(lower), shortNumber(upper))
}

func bound(h *metric.NativeHistogram, index int32) float64 {
	switch {
	case h.Schema != metric.CustomBoundsSchema:
		return metric.BucketBound(h.Schema, index)
	case index < 0:
		return math.Inf(-1)
	case int(index) < len(h.CustomBounds):
		return h.CustomBounds[index]
	}
	return math.Inf(1)
}

// shortNumber shows a bound with as many digits as tell buckets apart.
func shortNumber(f float64) string { return fmt.Sprintf("%.5g", f) }
