package exposition_test

import (
	"encoding/binary"
	"fmt"
	"math"
	"strconv"
	"strings"
	"testing"
)

// protoField says how the test shows a field: its name and its kind, which is
// the name of a message, or one of "string", "uint", "int", "sint", "double".
type protoField struct{ name, kind string }

// protoMessages is the schema of io.prometheus.client, from
// https://github.com/prometheus/client_model, kept apart from the encoder's.
var protoMessages = map[string]map[uint64]protoField{
	"MetricFamily": {1: {"name", "string"}, 2: {"help", "string"}, 3: {"type", "uint"}, 4: {"metric", "Metric"}, 5: {"unit", "string"}},
	"Metric": {
		1: {"label", "LabelPair"}, 2: {"gauge", "Simple"}, 3: {"counter", "Counter"}, 4: {"summary", "Summary"},
		5: {"untyped", "Simple"}, 6: {"timestamp_ms", "int"}, 7: {"histogram", "Histogram"},
	},
	"LabelPair": {1: {"name", "string"}, 2: {"value", "string"}},
	"Simple":    {1: {"value", "double"}},
	"Counter":   {1: {"value", "double"}, 2: {"exemplar", "Exemplar"}, 3: {"created", "Timestamp"}},
	"Summary":   {1: {"sample_count", "uint"}, 2: {"sample_sum", "double"}, 3: {"quantile", "Quantile"}, 4: {"created", "Timestamp"}},
	"Quantile":  {1: {"quantile", "double"}, 2: {"value", "double"}},
	"Histogram": {
		1: {"sample_count", "uint"}, 2: {"sample_sum", "double"}, 3: {"bucket", "Bucket"}, 4: {"sample_count_float", "double"},
		5: {"schema", "sint"}, 6: {"zero_threshold", "double"}, 7: {"zero_count", "uint"}, 8: {"zero_count_float", "double"},
		9: {"negative_span", "Span"}, 10: {"negative_delta", "sint"}, 11: {"negative_count", "double"},
		12: {"positive_span", "Span"}, 13: {"positive_delta", "sint"}, 14: {"positive_count", "double"},
		15: {"created", "Timestamp"}, 16: {"exemplars", "Exemplar"},
	},
	"Bucket":    {1: {"cumulative_count", "uint"}, 2: {"upper_bound", "double"}, 3: {"exemplar", "Exemplar"}, 4: {"cumulative_count_float", "double"}},
	"Span":      {1: {"offset", "sint"}, 2: {"length", "uint"}},
	"Exemplar":  {1: {"label", "LabelPair"}, 2: {"value", "double"}, 3: {"timestamp", "Timestamp"}},
	"Timestamp": {1: {"seconds", "int"}, 2: {"nanos", "int"}},
}

// dumpFamilies shows delimited messages as text, one field a line or, below a
// metric, one message a line.
func dumpFamilies(t *testing.T, data []byte) string {
	t.Helper()
	var out strings.Builder
	for len(data) > 0 {
		message := cutBytes(t, &data)
		for len(message) > 0 {
			fmt.Fprintln(&out, dumpField(t, "MetricFamily", &message))
		}
		fmt.Fprintln(&out)
	}
	return out.String()
}

func dumpMessage(t *testing.T, kind string, data []byte) string {
	t.Helper()
	var fields []string
	for len(data) > 0 {
		fields = append(fields, dumpField(t, kind, &data))
	}
	return "{" + strings.Join(fields, " ") + "}"
}

func dumpField(t *testing.T, message string, data *[]byte) string {
	t.Helper()
	tag := cutVarint(t, data)
	field, found := protoMessages[message][tag>>3]
	if !found {
		t.Fatalf("%s has no field %d", message, tag>>3)
	}
	wire := map[string]uint64{"uint": 0, "int": 0, "sint": 0, "double": 1}
	want, scalar := wire[field.kind]
	if !scalar {
		want = 2
	}
	if tag&7 != want {
		t.Fatalf("%s.%s has wire type %d", message, field.name, tag&7)
	}
	value := ""
	switch field.kind {
	case "uint":
		value = fmt.Sprint(cutVarint(t, data))
	case "int":
		value = fmt.Sprint(int64(cutVarint(t, data)))
	case "sint":
		v := cutVarint(t, data)
		value = fmt.Sprint(int64(v>>1) ^ -int64(v&1))
	case "double":
		if len(*data) < 8 {
			t.Fatal("double is cut short")
		}
		value = fmt.Sprint(math.Float64frombits(binary.LittleEndian.Uint64(*data)))
		*data = (*data)[8:]
	case "string":
		value = strconv.Quote(string(cutBytes(t, data)))
	default:
		value = dumpMessage(t, field.kind, cutBytes(t, data))
	}
	return field.name + ":" + value
}

func cutVarint(t *testing.T, data *[]byte) uint64 {
	t.Helper()
	v, n := binary.Uvarint(*data)
	if n <= 0 {
		t.Fatalf("bad varint in %x", *data)
	}
	*data = (*data)[n:]
	return v
}

func cutBytes(t *testing.T, data *[]byte) []byte {
	t.Helper()
	n := cutVarint(t, data)
	if n > uint64(len(*data)) {
		t.Fatalf("length %d of %d bytes", n, len(*data))
	}
	b := (*data)[:n]
	*data = (*data)[n:]
	return b
}
