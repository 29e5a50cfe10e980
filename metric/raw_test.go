package metric_test

import (
	"testing"

	"polymeter.dev/metric"
)

func TestRawFamily(t *testing.T) {
	t.Parallel()
	f := metric.NewRawFamily("x_bytes_total", "h", metric.TypeCounter)
	f.SetUnit("bytes")
	if d := f.Desc(); d.Name != "x_bytes" || d.Type != metric.TypeCounter || d.Unit != "bytes" || d.Help != "h" || d.LabelNames != nil {
		t.Errorf("Desc is %+v", d)
	}
	f.AddSample("x_bytes_total", map[string]string{"b": "2", "a": "1"}, 3)
	f.AddSample("anything else", nil, 4)
	full := fullSample(t)
	f.Add(full)
	want := []metric.Sample{
		{Name: "x_bytes_total", Labels: labels(t, "a", "1", "b", "2"), Value: 3},
		{Name: "anything else", Value: 4},
		full,
	}
	checkSamples(t, samplesOf(t, f), want)
	checkSamples(t, f.Samples(), want)

	for _, s := range f.Samples() {
		spoil(&s)
	}
	spoil(full.Clone())
	checkSamples(t, f.Samples(), want)

	f.Reset()
	if got := f.Samples(); len(got) != 0 {
		t.Errorf("Samples after Reset: %v", got)
	}
}

func TestRawFamilyStopsAtFirstError(t *testing.T) {
	t.Parallel()
	f := metric.NewRawFamily("x", "h", metric.TypeGauge)
	f.AddSample("x", map[string]string{"a": "\xff"}, 1)
	f.AddSample("x", nil, 2)
	f.Add(metric.Sample{Name: "x"})
	checkError(t, f.Err(), `metric: value "\xff" of label "a" is not valid UTF-8 in family "x"`)
	if got := f.Samples(); len(got) != 0 {
		t.Errorf("samples after an error were kept: %v", got)
	}
}
