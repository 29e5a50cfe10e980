package remotewrite

import (
	"math"
	"time"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"

	"polymeter.dev/metric"
)

// Fields of the messages of version 1.0, as Prometheus' prompb/remote.proto and
// prompb/types.proto have them. They are not imported: those names of files are so
// common that a program in which another module registers them would not start. The
// message of a histogram is that of version 2.0.
const (
	requestSeries, requestMetadata                                = 1, 3
	seriesLabels, seriesSamples, seriesExemplars, seriesHistogram = 1, 2, 3, 4
	labelName, labelValue                                         = 1, 2
	sampleValue, sampleTime                                       = 1, 2
	exemplarLabels, exemplarValue, exemplarTime                   = 1, 2, 3
	metadataKind, metadataName, metadataHelp, metadataUnit        = 1, 2, 4, 5
)

// tellInterval is how often the metadata of a family is sent in version 1.0, where it
// does not belong to a sample.
const tellInterval = time.Minute

// version1 makes a message prometheus.WriteRequest.
func (e *encoder) version1(items []item) error {
	e.raw = e.raw[:0]
	now := time.Now().Unix()
	for i := range items {
		it := &items[i]
		if err := e.timeSeries(it); err != nil {
			return err
		}
		e.raw = appendBytes(e.raw, requestSeries, e.series)
		if f := it.family; now-f.told.Load() >= int64(tellInterval/time.Second) {
			f.told.Store(now)
			e.metadata(f)
			e.raw = appendBytes(e.raw, requestMetadata, e.part)
		}
	}
	return nil
}

// timeSeries makes a message prometheus.TimeSeries.
func (e *encoder) timeSeries(it *item) error {
	e.series = e.labels(e.series[:0], seriesLabels, it.series.labels)
	if it.isNative() {
		// The start time is not part of version 1.0.
		h := protoHistogram(it)
		h.StartTimestamp = 0
		message, err := proto.Marshal(h)
		if err != nil {
			return err
		}
		e.series = appendBytes(e.series, seriesHistogram, message)
	} else {
		e.part = appendDouble(e.part[:0], sampleValue, it.value)
		e.part = appendInt(e.part, sampleTime, it.time)
		e.series = appendBytes(e.series, seriesSamples, e.part)
	}
	for _, x := range it.exemplars() {
		message := e.labels(nil, exemplarLabels, x.labels)
		message = appendDouble(message, exemplarValue, x.value)
		message = appendInt(message, exemplarTime, x.time)
		e.series = appendBytes(e.series, seriesExemplars, message)
	}
	return nil
}

// labels appends messages prometheus.Label.
func (e *encoder) labels(dst []byte, field protowire.Number, labels []label) []byte {
	legacy, err := toLegacy(labels)
	if err != nil {
		return dst // which batch.nameable leaves out
	}
	for _, l := range legacy {
		e.part = appendString(e.part[:0], labelName, l.name)
		e.part = appendString(e.part, labelValue, l.value)
		dst = appendBytes(dst, field, e.part)
	}
	return dst
}

// metadata makes a message prometheus.MetricMetadata.
func (e *encoder) metadata(f *family) {
	e.part = appendInt(e.part[:0], metadataKind, int64(metadataTypes[f.typ]))
	e.part = appendString(e.part, metadataName, metric.Underscores.EscapeMetricName(f.name))
	e.part = appendString(e.part, metadataHelp, f.help)
	e.part = appendString(e.part, metadataUnit, f.unit)
}

func appendBytes(dst []byte, field protowire.Number, message []byte) []byte {
	return protowire.AppendBytes(protowire.AppendTag(dst, field, protowire.BytesType), message)
}

func appendString(dst []byte, field protowire.Number, s string) []byte {
	return protowire.AppendString(protowire.AppendTag(dst, field, protowire.BytesType), s)
}

func appendDouble(dst []byte, field protowire.Number, v float64) []byte {
	return protowire.AppendFixed64(protowire.AppendTag(dst, field, protowire.Fixed64Type), math.Float64bits(v))
}

func appendInt(dst []byte, field protowire.Number, v int64) []byte {
	return protowire.AppendVarint(protowire.AppendTag(dst, field, protowire.VarintType), uint64(v))
}
