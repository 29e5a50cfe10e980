package exposition

// protoField is what the definition says of a field.
type protoField struct {
	name    string
	wire    int
	list    bool
	message protoMessage // of what is in it
}

// protoMessage are the fields of a message, by number.
type protoMessage []protoField

// The definitions, which are those of
// https://github.com/prometheus/client_model, file
// io/prometheus/client/metrics.proto.
var (
	protoFamily = protoMessage{
		familyName:   {name: "name", wire: wireBytes},
		familyHelp:   {name: "help", wire: wireBytes},
		familyType:   {name: "type", wire: wireVarint},
		familyMetric: {name: "metric", wire: wireBytes, list: true, message: protoMetric},
		familyUnit:   {name: "unit", wire: wireBytes},
	}
	protoMetric = protoMessage{
		metricLabel:     {name: "label", wire: wireBytes, list: true, message: protoLabel},
		metricGauge:     {name: "gauge", wire: wireBytes, message: protoSimple},
		metricCounter:   {name: "counter", wire: wireBytes, message: protoCounter},
		metricSummary:   {name: "summary", wire: wireBytes, message: protoSummary},
		metricUntyped:   {name: "untyped", wire: wireBytes, message: protoSimple},
		metricTimestamp: {name: "timestamp_ms", wire: wireVarint},
		metricHistogram: {name: "histogram", wire: wireBytes, message: protoHistogramFields},
	}
	protoLabel = protoMessage{
		labelName:  {name: "name", wire: wireBytes},
		labelValue: {name: "value", wire: wireBytes},
	}
	protoSimple = protoMessage{
		simpleValue: {name: "value", wire: wireFixed64},
	}
	protoCounter = protoMessage{
		simpleValue:     {name: "value", wire: wireFixed64},
		counterExemplar: {name: "exemplar", wire: wireBytes, message: protoExemplar},
		counterCreated:  {name: "created_timestamp", wire: wireBytes, message: protoTimestamp},
	}
	protoSummary = protoMessage{
		summaryCount:    {name: "sample_count", wire: wireVarint},
		summarySum:      {name: "sample_sum", wire: wireFixed64},
		summaryQuantile: {name: "quantile", wire: wireBytes, list: true, message: protoQuantile},
		summaryCreated:  {name: "created_timestamp", wire: wireBytes, message: protoTimestamp},
	}
	protoQuantile = protoMessage{
		quantileQuantile: {name: "quantile", wire: wireFixed64},
		quantileValue:    {name: "value", wire: wireFixed64},
	}
	protoHistogramFields = protoMessage{
		histogramCount:          {name: "sample_count", wire: wireVarint},
		histogramCountFloat:     {name: "sample_count_float", wire: wireFixed64},
		histogramSum:            {name: "sample_sum", wire: wireFixed64},
		histogramBucket:         {name: "bucket", wire: wireBytes, list: true, message: protoBucket},
		histogramSchema:         {name: "schema", wire: wireVarint},
		histogramZeroThreshold:  {name: "zero_threshold", wire: wireFixed64},
		histogramZeroCount:      {name: "zero_count", wire: wireVarint},
		histogramZeroCountFloat: {name: "zero_count_float", wire: wireFixed64},
		histogramNegativeSpan:   {name: "negative_span", wire: wireBytes, list: true, message: protoSpan},
		histogramNegativeDelta:  {name: "negative_delta", wire: wireVarint, list: true},
		histogramNegative:       {name: "negative_count", wire: wireFixed64, list: true},
		histogramPositiveSpan:   {name: "positive_span", wire: wireBytes, list: true, message: protoSpan},
		histogramPositiveDelta:  {name: "positive_delta", wire: wireVarint, list: true},
		histogramPositive:       {name: "positive_count", wire: wireFixed64, list: true},
		histogramCreated:        {name: "created_timestamp", wire: wireBytes, message: protoTimestamp},
		histogramExemplars:      {name: "exemplars", wire: wireBytes, list: true, message: protoExemplar},
	}
	protoBucket = protoMessage{
		bucketCount:      {name: "cumulative_count", wire: wireVarint},
		bucketUpperBound: {name: "upper_bound", wire: wireFixed64},
		bucketExemplar:   {name: "exemplar", wire: wireBytes, message: protoExemplar},
		bucketCountFloat: {name: "cumulative_count_float", wire: wireFixed64},
	}
	protoSpan = protoMessage{
		spanOffset: {name: "offset", wire: wireVarint},
		spanLength: {name: "length", wire: wireVarint},
	}
	protoExemplar = protoMessage{
		exemplarLabel:     {name: "label", wire: wireBytes, list: true, message: protoLabel},
		exemplarValue:     {name: "value", wire: wireFixed64},
		exemplarTimestamp: {name: "timestamp", wire: wireBytes, message: protoTimestamp},
	}
	protoTimestamp = protoMessage{
		timestampSeconds: {name: "seconds", wire: wireVarint},
		timestampNanos:   {name: "nanos", wire: wireVarint},
	}
)
