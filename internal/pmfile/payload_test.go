package pmfile_test

import (
	"encoding/binary"
	"math"
	"reflect"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"polymeter.dev/internal/pmfile"
	"polymeter.dev/metric"
)

func drawFamily(t *rapid.T) *pmfile.Family {
	text := rapid.String()
	f := &pmfile.Family{
		Name: text.Draw(t, "name"), Help: text.Draw(t, "help"), Unit: text.Draw(t, "unit"),
		Type:        metric.Type(rapid.IntRange(0, 7).Draw(t, "type")),
		Mode:        metric.GaugeMode(rapid.IntRange(0, 9).Draw(t, "mode")),
		FloatCounts: rapid.Bool().Draw(t, "float counts"),
		LabelNames:  list(text).Draw(t, "label names"),
	}
	switch f.Type {
	case metric.TypeCounter, metric.TypeInfo:
		f.Bare = rapid.Bool().Draw(t, "bare")
	case metric.TypeHistogram, metric.TypeGaugeHistogram:
		f.Native = rapid.Bool().Draw(t, "native")
		f.ZeroThreshold = rapid.Float64Range(0, math.MaxFloat64).Draw(t, "zero threshold")
		if rapid.Bool().Draw(t, "classic") {
			bounds := rapid.SliceOfDistinct(rapid.Float64(), rapid.ID[float64]).Draw(t, "bounds")
			slices.Sort(bounds)
			f.Bounds = append(slices.DeleteFunc(bounds, func(v float64) bool { return v == math.MaxFloat64 }), math.Inf(1))
		}
	case metric.TypeStateSet:
		f.States = list(text).Draw(t, "states")
	}
	return f
}

// list draws a list that is nil when it is empty, as decoded ones are.
func list[T any](of *rapid.Generator[T]) *rapid.Generator[[]T] {
	return rapid.Map(rapid.SliceOfN(of, 0, 6), func(s []T) []T {
		if len(s) == 0 {
			return nil
		}
		return s
	})
}

// misfits are payloads that must not be read, near one that is: cut anywhere,
// or longer.
func misfits(t *rapid.T, payload []byte, read func([]byte) bool) {
	for length := range payload {
		if read(payload[:length:length]) {
			t.Fatalf("the first %d of %d bytes are read", length, len(payload))
		}
	}
	if read(append(slices.Clone(payload), 0)) {
		t.Fatal("one byte more is read")
	}
}

func TestFamilyComesBack(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		want := drawFamily(t)
		payload := pmfile.AppendFamily(nil, want)
		got, ok := pmfile.ParseFamily(payload)
		if !ok || !reflect.DeepEqual(got, want) {
			t.Fatalf("%+v came back as %+v, %v", want, got, ok)
		}
		misfits(t, payload, func(b []byte) bool { _, ok := pmfile.ParseFamily(b); return ok })
	})
}

func TestFamilyIsRefused(t *testing.T) {
	t.Parallel()
	infinite := []float64{math.Inf(1)}
	states := make([]string, pmfile.MaxStates+1)
	for name, f := range map[string]pmfile.Family{
		"type":                   {Type: 8},
		"mode":                   {Type: metric.TypeGauge, Mode: 10},
		"bounds of a counter":    {Type: metric.TypeCounter, Bounds: infinite},
		"native gauge":           {Type: metric.TypeGauge, Native: true},
		"gauge without suffix":   {Type: metric.TypeGauge, Bare: true},
		"states of an info":      {Type: metric.TypeInfo, States: []string{"a"}},
		"65 states":              {Type: metric.TypeStateSet, States: states},
		"no last bound":          {Type: metric.TypeHistogram, Bounds: []float64{1, 2}},
		"bounds not in order":    {Type: metric.TypeHistogram, Bounds: []float64{2, 1, math.Inf(1)}},
		"equal bounds":           {Type: metric.TypeHistogram, Bounds: []float64{0, math.Copysign(0, -1), math.Inf(1)}},
		"bounds not numbers":     {Type: metric.TypeHistogram, Bounds: []float64{math.NaN(), math.Inf(1)}},
		"bound not a number":     {Type: metric.TypeHistogram, Bounds: []float64{math.NaN()}},
		"zero threshold":         {Type: metric.TypeHistogram, ZeroThreshold: -1},
		"zero threshold NaN":     {Type: metric.TypeHistogram, ZeroThreshold: math.NaN()},
		"zero threshold endless": {Type: metric.TypeHistogram, ZeroThreshold: math.Inf(1)},
	} {
		if _, ok := pmfile.ParseFamily(pmfile.AppendFamily(nil, &f)); ok {
			t.Errorf("%s: it was read", name)
		}
	}
	for name, change := range map[string]func(b []byte){
		"flags":        func(b []byte) { b[2] = 8 },
		"reserved":     func(b []byte) { b[3] = 1 },
		"endless list": func(b []byte) { binary.NativeEndian.PutUint32(b[4:], math.MaxUint32) },
		"not UTF-8":    func(b []byte) { b[len(b)-8-1] = 0xFF },
	} {
		payload := pmfile.AppendFamily(nil, &pmfile.Family{Name: "a"})
		change(payload)
		if _, ok := pmfile.ParseFamily(payload); ok {
			t.Errorf("%s: it was read", name)
		}
	}
	f, ok := pmfile.ParseFamily(pmfile.AppendFamily(nil, &pmfile.Family{Name: "a\xffb"}))
	if !ok || f.Name != "a\uFFFDb" {
		t.Errorf("a name that is not UTF-8 became %+v, %v", f, ok)
	}
}

func TestFamilyValues(t *testing.T) {
	t.Parallel()
	bounds := []float64{1, math.Inf(1)}
	for _, test := range []struct {
		family        pmfile.Family
		values, float int
	}{
		{pmfile.Family{Type: metric.TypeUnknown}, 2, -1},
		{pmfile.Family{Type: metric.TypeCounter}, 2, 1},
		{pmfile.Family{Type: metric.TypeGauge}, 2, -1},
		{pmfile.Family{Type: metric.TypeGauge, Mode: metric.GaugeSum}, 2, 0},
		{pmfile.Family{Type: metric.TypeGauge, Mode: metric.GaugeLiveSum}, 2, 0},
		{pmfile.Family{Type: metric.TypeGauge, Mode: metric.GaugeMax}, 2, -1},
		{pmfile.Family{Type: metric.TypeSummary}, 2, 1},
		{pmfile.Family{Type: metric.TypeHistogram, Bounds: bounds}, 3, 2},
		{pmfile.Family{Type: metric.TypeHistogram, Bounds: bounds, Native: true}, 5, 2},
		{pmfile.Family{Type: metric.TypeGaugeHistogram, Native: true}, 3, 0},
		{pmfile.Family{Type: metric.TypeInfo}, 0, -1},
		{pmfile.Family{Type: metric.TypeStateSet, States: []string{"a"}}, 1, -1},
		{pmfile.Family{Type: 200, Mode: 200, Native: true}, 0, -1},
	} {
		f := test.family
		if f.Values() != test.values || f.FloatValue() != test.float {
			t.Errorf("%+v: %d values, the float is %d", f, f.Values(), f.FloatValue())
		}
	}
}

func TestSeriesComesBack(t *testing.T) {
	t.Parallel()
	label := rapid.Custom(func(t *rapid.T) pmfile.Label {
		return pmfile.Label{Name: rapid.String().Draw(t, "name"), Value: rapid.String().Draw(t, "value")}
	})
	var got pmfile.Series // whose slices are used again
	rapid.Check(t, func(t *rapid.T) {
		family := int64(rapid.IntRange(40, 1<<27).Draw(t, "family") * 8)
		values, more := list(rapid.String()).Draw(t, "values"), list(label).Draw(t, "more")
		payload := pmfile.AppendSeries(nil, family, values, more)
		if !got.Parse(payload, len(values)) || int64(got.Family) != family ||
			!slices.Equal(got.Values, values) || !slices.Equal(got.More, more) {
			t.Fatalf("%d %q %q came back as %+v", family, values, more, got)
		}
		at, ok := pmfile.SeriesFamily(payload)
		other := pmfile.AppendSeries(nil, family+8, values, more)
		if !ok || int64(at) != family || !slices.Equal(pmfile.SeriesBody(payload), pmfile.SeriesBody(other)) {
			t.Fatalf("family %d, %v; the same labels in another family are not the same", at, ok)
		}
		misfits(t, payload, func(b []byte) bool { var s pmfile.Series; return s.Parse(b, len(values)) })
		if new(pmfile.Series).Parse(payload, len(values)+1) {
			t.Fatal("it was read with one value more")
		}
	})
}

func TestSmallPayloadsComeBack(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		series := rapid.IntRange(40, 1<<27).Draw(t, "series") * 8
		chunk := pmfile.Chunk{
			Series: series,
			Schema: rapid.Int32Range(-4, 8).Draw(t, "schema"), Number: rapid.Int32Range(-5, 5).Draw(t, "number"),
			Negative: rapid.Bool().Draw(t, "negative"),
		}
		payload := pmfile.AppendChunk(nil, int64(series), chunk.Schema, chunk.Number, chunk.Negative)
		if got, ok := pmfile.ParseChunk(payload); !ok || got != chunk {
			t.Fatalf("%+v came back as %+v, %v", chunk, got, ok)
		}
		misfits(t, payload, func(b []byte) bool { _, ok := pmfile.ParseChunk(b); return ok })

		exemplar := pmfile.ExemplarRecord{
			Series: series, Slot: rapid.Uint32().Draw(t, "slot"), Capacity: rapid.IntRange(0, 1<<20).Draw(t, "capacity") * 8,
		}
		payload = pmfile.AppendExemplar(nil, int64(series), exemplar.Slot, exemplar.Capacity)
		if got, ok := pmfile.ParseExemplar(payload); !ok || got != exemplar {
			t.Fatalf("%+v came back as %+v, %v", exemplar, got, ok)
		}
		misfits(t, payload, func(b []byte) bool { _, ok := pmfile.ParseExemplar(b); return ok })

		payload = pmfile.AppendAddends(nil, int64(series))
		if got, ok := pmfile.ParseAddends(payload); !ok || got != series {
			t.Fatalf("addends of %d came back as of %d, %v", series, got, ok)
		}
		misfits(t, payload, func(b []byte) bool { _, ok := pmfile.ParseAddends(b); return ok })

		names := list(rapid.OneOf(rapid.String(), rapid.Just("\xff"))).Draw(t, "names")
		if got, ok := pmfile.ParseAbsorbed(pmfile.AppendAbsorbed(nil, names)); !ok || !slices.Equal(got, names) {
			t.Fatalf("%q came back as %q, %v", names, got, ok)
		}
	})
}

func TestPayloadsAreRefused(t *testing.T) {
	t.Parallel()
	for name, ok := range map[string]bool{
		"chunk of a high schema":   second(pmfile.ParseChunk(pmfile.AppendChunk(nil, 320, 9, 0, false))),
		"chunk of a low schema":    second(pmfile.ParseChunk(pmfile.AppendChunk(nil, 320, -5, 0, false))),
		"chunk of a header":        second(pmfile.ParseChunk(pmfile.AppendChunk(nil, 312, 0, 0, false))),
		"exemplar, uneven":         second(pmfile.ParseExemplar(pmfile.AppendExemplar(nil, 320, 0, 4))),
		"exemplar, uneven series":  second(pmfile.ParseExemplar(pmfile.AppendExemplar(nil, 324, 0, 8))),
		"exemplar, huge":           second(pmfile.ParseExemplar(pmfile.AppendExemplar(nil, 320, 0, -8))),
		"addends far away":         second(pmfile.ParseAddends(pmfile.AppendAddends(nil, -8))),
		"series far away":          second(pmfile.SeriesFamily(pmfile.AppendSeries(nil, math.MinInt64, nil, nil))),
		"series of nothing":        second(pmfile.SeriesFamily(nil)),
		"absorbed, cut":            second(pmfile.ParseAbsorbed([]byte{1, 0, 0, 0, 'a', 9})),
		"absorbed, beyond the end": second(pmfile.ParseAbsorbed([]byte{255, 255, 255, 255, 'a'})),
	} {
		if ok {
			t.Errorf("%s: it was read", name)
		}
	}
	if body := pmfile.SeriesBody([]byte{1, 2}); len(body) != 0 {
		t.Errorf("the body of two bytes is %v", body)
	}
}

func second[T any](_ T, ok bool) bool { return ok }
