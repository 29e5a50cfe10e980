package metric

// rows holds deep copies of samples in a few growing slices, so that the
// number of allocations does not follow the number of samples, and none is
// needed when it is filled again. It is what builders and snapshots are made
// of.
type rows struct {
	points     list[point]
	details    list[detail]
	exemplars  []Exemplar
	histograms []histogramRow
	natives    []nativeRow
	summaries  []summaryRow
	buckets    []Bucket
	quantiles  []Quantile
	spans      []BucketSpan
	numbers    []float64 // counts and custom bounds of native histograms
}

// point is one sample. Most have nothing beyond name, labels and value.
type point struct {
	name   string
	labels Labels
	value  float64
	detail int // position in details plus 1, or 0
}

type detail struct {
	timestamp Timestamp
	start     Timestamp
	exemplars run
	histogram int // position in histograms plus 1, or 0
	summary   int // position in summaries plus 1, or 0
}

type histogramRow struct {
	count, sum float64
	noSum      bool
	buckets    run
	native     int // position in natives plus 1, or 0
}

// nativeRow has the numbers of value; its slices stand in the runs.
type nativeRow struct {
	value                          NativeHistogram
	positiveSpans, negativeSpans   run
	positiveCounts, negativeCounts run
	customBounds                   run
}

type summaryRow struct {
	count, sum float64
	quantiles  run
}

// run is a part of one of the slices of rows; it stays true when that grows.
type run struct{ start, end int }

func appendRun[T any](to *[]T, items []T) run {
	start := len(*to)
	*to = append(*to, items...)
	return run{start, len(*to)}
}

// cutRun returns the part as a slice of its own capacity, nil when empty.
func cutRun[T any](from []T, r run) []T {
	if r.start == r.end {
		return nil
	}
	return from[r.start:r.end:r.end]
}

// reset removes all samples and keeps the memory.
func (r *rows) reset() {
	r.points.reset()
	r.details.reset()
	r.exemplars = r.exemplars[:0]
	r.histograms = r.histograms[:0]
	r.natives = r.natives[:0]
	r.summaries = r.summaries[:0]
	r.buckets = r.buckets[:0]
	r.quantiles = r.quantiles[:0]
	r.spans = r.spans[:0]
	r.numbers = r.numbers[:0]
}

// add copies a sample.
func (r *rows) add(s *Sample) {
	p := point{name: s.Name, labels: s.Labels, value: s.Value}
	if s.hasDetail() {
		r.details.add(detail{
			timestamp: s.Timestamp,
			start:     s.Start,
			exemplars: appendRun(&r.exemplars, s.Exemplars),
			histogram: r.addHistogram(s.Histogram),
			summary:   r.addSummary(s.Summary),
		})
		p.detail = r.details.len()
	}
	r.points.add(p)
}

func (s *Sample) hasDetail() bool {
	return s.Composite() || len(s.Exemplars) > 0 || !s.Timestamp.IsZero() || !s.Start.IsZero()
}

func (r *rows) addHistogram(h *Histogram) int {
	if h == nil {
		return 0
	}
	r.histograms = append(r.histograms, histogramRow{
		count:   h.Count,
		sum:     h.Sum,
		noSum:   h.NoSum,
		buckets: appendRun(&r.buckets, h.Buckets),
		native:  r.addNative(h.Native),
	})
	return len(r.histograms)
}

func (r *rows) addNative(h *NativeHistogram) int {
	if h == nil {
		return 0
	}
	numbers := *h // without the caller's slices
	numbers.PositiveSpans, numbers.NegativeSpans = nil, nil
	numbers.PositiveCounts, numbers.NegativeCounts, numbers.CustomBounds = nil, nil, nil
	r.natives = append(r.natives, nativeRow{
		value:          numbers,
		positiveSpans:  appendRun(&r.spans, h.PositiveSpans),
		negativeSpans:  appendRun(&r.spans, h.NegativeSpans),
		positiveCounts: appendRun(&r.numbers, h.PositiveCounts),
		negativeCounts: appendRun(&r.numbers, h.NegativeCounts),
		customBounds:   appendRun(&r.numbers, h.CustomBounds),
	})
	return len(r.natives)
}

func (r *rows) addSummary(s *Summary) int {
	if s == nil {
		return 0
	}
	r.summaries = append(r.summaries, summaryRow{
		count:     s.Count,
		sum:       s.Sum,
		quantiles: appendRun(&r.quantiles, s.Quantiles),
	})
	return len(r.summaries)
}

// view is a sample that looks into rows, with room for what it points to.
type view struct {
	sample    Sample
	histogram Histogram
	native    NativeHistogram
	summary   Summary
}

// each visits the samples. It changes nothing in rows, so that calls may run
// concurrently.
func (r *rows) each(visit func(*Sample) error) error {
	if r.points.len() == 0 {
		return nil
	}
	var v view
	for i := range r.points.len() {
		if err := visit(r.read(i, &v)); err != nil {
			return err
		}
	}
	return nil
}

// read makes v show the i-th sample.
func (r *rows) read(i int, v *view) *Sample {
	p := r.points.at(i)
	v.sample = Sample{Name: p.name, Labels: p.labels, Value: p.value}
	if p.detail == 0 {
		return &v.sample
	}
	d := r.details.at(p.detail - 1)
	v.sample.Timestamp = d.timestamp
	v.sample.Start = d.start
	v.sample.Exemplars = cutRun(r.exemplars, d.exemplars)
	if d.histogram > 0 {
		v.sample.Histogram = r.readHistogram(d.histogram, v)
	}
	if d.summary > 0 {
		v.sample.Summary = r.readSummary(d.summary, v)
	}
	return &v.sample
}

func (r *rows) readHistogram(position int, v *view) *Histogram {
	row := &r.histograms[position-1]
	v.histogram = Histogram{
		Count:   row.count,
		Sum:     row.sum,
		NoSum:   row.noSum,
		Buckets: cutRun(r.buckets, row.buckets),
	}
	if row.native > 0 {
		v.histogram.Native = r.readNative(row.native, v)
	}
	return &v.histogram
}

func (r *rows) readNative(position int, v *view) *NativeHistogram {
	row := &r.natives[position-1]
	v.native = row.value
	v.native.PositiveSpans = cutRun(r.spans, row.positiveSpans)
	v.native.NegativeSpans = cutRun(r.spans, row.negativeSpans)
	v.native.PositiveCounts = cutRun(r.numbers, row.positiveCounts)
	v.native.NegativeCounts = cutRun(r.numbers, row.negativeCounts)
	v.native.CustomBounds = cutRun(r.numbers, row.customBounds)
	return &v.native
}

func (r *rows) readSummary(position int, v *view) *Summary {
	row := &r.summaries[position-1]
	v.summary = Summary{Count: row.count, Sum: row.sum, Quantiles: cutRun(r.quantiles, row.quantiles)}
	return &v.summary
}
