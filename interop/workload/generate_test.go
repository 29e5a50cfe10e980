package workload_test

import (
	"encoding/json"
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"

	"polymeter.dev/interop/workload"
)

func TestGeneratorRepeats(t *testing.T) {
	t.Parallel()
	generate := func(seed uint64) []byte {
		g := workload.NewGenerator(seed, workload.NewerModes(), true)
		families := g.Families()
		text, err := json.Marshal([]any{families, g.Updates(families, 500)})
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	if diff := cmp.Diff(generate(1), generate(1)); diff != "" {
		t.Error(diff)
	}
	if cmp.Equal(generate(1), generate(2)) {
		t.Error("two seeds give the same")
	}
}

func TestNumberKeepsBits(t *testing.T) {
	t.Parallel()
	for _, f := range []float64{0, math.Copysign(0, -1), 0.1, -1e300, 5e-324, math.Inf(1), math.Inf(-1)} {
		text, err := json.Marshal(workload.Number(f))
		if err != nil {
			t.Fatal(err)
		}
		var back workload.Number
		if err := json.Unmarshal(text, &back); err != nil {
			t.Fatal(err)
		}
		if math.Float64bits(float64(back)) != math.Float64bits(f) {
			t.Errorf("%v became %v by way of %s", f, back, text)
		}
	}
}
