package remotewrite

import (
	writev2 "buf.build/gen/go/prometheus/prometheus/protocolbuffers/go/io/prometheus/write/v2"
	"github.com/klauspost/compress/snappy"
	"google.golang.org/protobuf/proto"

	"polymeter.dev/metric"
)

// encoder makes the bodies of requests. It keeps its memory, but for what it
// returns, which may be read for longer than a request lasts.
type encoder struct {
	raw    []byte
	series []byte // one series, in version 1.0
	part   []byte // a part of it
}

// encode returns the body of a request with the items.
func (e *encoder) encode(version Protocol, items []item) ([]byte, error) {
	var err error
	if version == Version1 {
		err = e.version1(items)
	} else {
		err = e.version2(items)
	}
	if err != nil {
		return nil, err
	}
	return snappy.Encode(nil, e.raw), nil
}

// version2 makes a message io.prometheus.write.v2.Request.
func (e *encoder) version2(items []item) error {
	r := newRequest(len(items))
	for i := range items {
		r.add(&items[i])
	}
	var err error
	e.raw, err = proto.MarshalOptions{}.MarshalAppend(e.raw[:0], &r.message)
	return err
}

// request is a message of version 2.0 in the making, with its parts in few pieces of
// memory.
type request struct {
	message  writev2.Request
	symbols  map[string]uint32
	metadata map[*family]*writev2.Metadata

	series  []writev2.TimeSeries
	samples []writev2.Sample
	ones    []*writev2.Sample // lists of one sample
	refs    []uint32
}

func newRequest(n int) *request {
	return &request{
		message:  writev2.Request{Symbols: []string{""}, Timeseries: make([]*writev2.TimeSeries, 0, n)},
		symbols:  map[string]uint32{"": 0},
		metadata: make(map[*family]*writev2.Metadata),
		series:   make([]writev2.TimeSeries, n),
		samples:  make([]writev2.Sample, n),
		ones:     make([]*writev2.Sample, n),
	}
}

func (r *request) add(it *item) {
	i := len(r.message.Timeseries)
	series := &r.series[i]
	series.LabelsRefs = r.labels(it.series.labels)
	series.Metadata = r.metadataOf(it.family)
	if it.isNative() {
		series.Histograms = []*writev2.Histogram{protoHistogram(it)}
	} else {
		sample := &r.samples[i]
		sample.Value, sample.Timestamp, sample.StartTimestamp = it.value, it.time, it.start
		r.ones[i] = sample
		series.Samples = r.ones[i : i+1 : i+1]
	}
	for _, x := range it.exemplars() {
		series.Exemplars = append(series.Exemplars, &writev2.Exemplar{LabelsRefs: r.labels(x.labels), Value: x.value, Timestamp: x.time})
	}
	r.message.Timeseries = append(r.message.Timeseries, series)
}

func (r *request) labels(labels []label) []uint32 {
	start := len(r.refs)
	for _, l := range labels {
		r.refs = append(r.refs, r.symbol(l.name), r.symbol(l.value))
	}
	return r.refs[start:len(r.refs):len(r.refs)]
}

// symbol returns the place of a string in the list of them.
func (r *request) symbol(s string) uint32 {
	ref, found := r.symbols[s]
	if !found {
		ref = uint32(len(r.message.Symbols))
		r.symbols[s] = ref
		r.message.Symbols = append(r.message.Symbols, s)
	}
	return ref
}

func (r *request) metadataOf(f *family) *writev2.Metadata {
	m, found := r.metadata[f]
	if !found {
		m = &writev2.Metadata{
			Type:    writev2.Metadata_MetricType(metadataTypes[f.typ]),
			HelpRef: r.symbol(f.help), UnitRef: r.symbol(f.unit),
		}
		r.metadata[f] = m
	}
	return m
}

// metadataTypes are the numbers of the types, which both versions share.
var metadataTypes = [...]uint8{
	metric.TypeUnknown:        0,
	metric.TypeCounter:        1,
	metric.TypeGauge:          2,
	metric.TypeHistogram:      3,
	metric.TypeGaugeHistogram: 4,
	metric.TypeSummary:        5,
	metric.TypeInfo:           6,
	metric.TypeStateSet:       7,
}
