package exposition

import (
	"fmt"
	"strings"

	"polymeter.dev/metric"
)

// protobuf writes messages io.prometheus.client.MetricFamily, each behind its
// length (https://prometheus.io/docs/instrumenting/exposition_formats/, section
// "Protobuf format"). A family without samples says nothing and is left out.
type protobuf struct {
	*page
	out   protoBuffer // buf, while a family is written
	start int         // where the family begins
	head  int         // and its first metric
}

// Fields of the messages.
const (
	familyName, familyHelp, familyType, familyMetric, familyUnit = 1, 2, 3, 4, 5

	metricLabel, metricGauge, metricCounter, metricSummary    = 1, 2, 3, 4
	metricUntyped, metricTimestamp, metricHistogram           = 5, 6, 7
	labelName, labelValue                                     = 1, 2
	simpleValue, counterExemplar, counterCreated              = 1, 2, 3
	summaryCount, summarySum, summaryQuantile, summaryCreated = 1, 2, 3, 4
	quantileQuantile, quantileValue                           = 1, 2
	exemplarLabel, exemplarValue, exemplarTimestamp           = 1, 2, 3
	timestampSeconds, timestampNanos                          = 1, 2
)

// protoType is how a type travels: the value of the enum MetricType, and the
// field of Metric with the value.
type protoType struct{ enum, field int }

var protoTypes = [...]protoType{
	metric.TypeUnknown:        {3, metricUntyped},
	metric.TypeCounter:        {0, metricCounter},
	metric.TypeGauge:          {1, metricGauge},
	metric.TypeSummary:        {2, metricSummary},
	metric.TypeHistogram:      {4, metricHistogram},
	metric.TypeGaugeHistogram: {5, metricHistogram},
	metric.TypeInfo:           {1, metricGauge},
	metric.TypeStateSet:       {1, metricGauge},
}

func (p *protobuf) trailer() string { return "" }

func (p *protobuf) begin() error {
	p.out = protoBuffer(p.buf)
	p.start = p.out.openLength()
	p.out.string(familyName, p.name.family)
	if p.desc.Help != "" {
		p.out.string(familyHelp, p.desc.Help)
	}
	p.out.int(familyType, int64(protoTypes[p.desc.Type].enum))
	p.head = len(p.out)
	return nil
}

func (p *protobuf) end() error {
	if len(p.out) == p.head {
		p.buf = p.out[:p.start-1]
		return nil
	}
	if p.desc.Unit != "" {
		p.out.string(familyUnit, p.desc.Unit)
	}
	p.out.close(p.start)
	p.buf = p.out
	return nil
}

func (p *protobuf) sample(s *metric.Sample) error {
	if !s.Composite() && !p.isMain(s) {
		return p.errName(s)
	}
	message := p.out.open(familyMetric)
	p.writeLabels(metricLabel, p.labels)
	value := p.out.open(protoTypes[p.desc.Type].field)
	if err := p.value(s); err != nil {
		return err
	}
	p.out.close(value)
	if !s.Timestamp.IsZero() {
		if inMillis(s.Timestamp) {
			p.out.int(metricTimestamp, s.Timestamp.Milli())
		} else {
			p.stats.DroppedTimestamps++
		}
	}
	p.out.close(message)
	return nil
}

func (p *protobuf) writeLabels(field int, text string) {
	escaped := strings.IndexByte(text, '\\') >= 0
	scanner := labelScanner{text: text}
	for l, ok := scanner.next(); ok; l, ok = scanner.next() {
		if !escaped && len(l.name)+len(l.value) < maxShortPair {
			p.out.shortPair(field, l.name, l.value)
			continue
		}
		at := p.out.open(field)
		p.out.unescaped(labelName, l.name)
		p.out.unescaped(labelValue, l.value)
		p.out.close(at)
	}
}

func (p *protobuf) value(s *metric.Sample) error {
	switch {
	case s.Histogram != nil:
		return p.histogram(s)
	case s.Summary != nil:
		return p.summary(s)
	}
	p.out.double(simpleValue, s.Value)
	if p.desc.Type != metric.TypeCounter {
		p.stats.Exemplars.Misplaced += len(s.Exemplars)
		return nil
	}
	if e := s.Exemplar(); e != nil {
		p.exemplar(counterExemplar, e)
	}
	p.writeStart(counterCreated, s)
	return nil
}

func (p *protobuf) summary(s *metric.Sample) error {
	if !isWholeCount(s.Summary.Count) || s.Summary.Count > maxExactCount {
		return fmt.Errorf("summary count %v is not a whole number", s.Summary.Count)
	}
	p.out.uint(summaryCount, uint64(s.Summary.Count))
	p.out.double(summarySum, s.Summary.Sum)
	for _, q := range s.Summary.Quantiles {
		at := p.out.open(summaryQuantile)
		p.out.double(quantileQuantile, q.Quantile)
		p.out.double(quantileValue, q.Value)
		p.out.close(at)
	}
	p.stats.Exemplars.Misplaced += len(s.Exemplars)
	p.writeStart(summaryCreated, s)
	return nil
}

func (p *protobuf) writeStart(field int, s *metric.Sample) {
	if p.created && hasStart(p.desc.Type) && inProtoRange(s.Start) {
		p.timestamp(field, s.Start)
	}
}

// exemplar writes an exemplar; its timestamp is left out if it has none that the
// format can say.
func (p *protobuf) exemplar(field int, e *metric.Exemplar) {
	labels, err := showLabels(e.Labels, p.format.Escaping)
	if err != nil {
		p.stats.Exemplars.Unnameable++
		return
	}
	at := p.out.open(field)
	p.writeLabels(exemplarLabel, labels)
	p.out.double(exemplarValue, e.Value)
	if inProtoRange(e.Timestamp) {
		p.timestamp(exemplarTimestamp, e.Timestamp)
	}
	p.out.close(at)
}

func (p *protobuf) timestamp(field int, t metric.Timestamp) {
	at := p.out.open(field)
	p.out.int(timestampSeconds, t.Seconds())
	p.out.int(timestampNanos, int64(t.Nanoseconds()))
	p.out.close(at)
}

// The years 1 to 9999, which are all that google.protobuf.Timestamp has.
const minProtoSeconds, maxProtoSeconds = -62135596800, 253402300799

// inProtoRange reports whether t is there and a valid google.protobuf.Timestamp.
func inProtoRange(t metric.Timestamp) bool {
	return !t.IsZero() && t.Seconds() >= minProtoSeconds && t.Seconds() <= maxProtoSeconds
}
