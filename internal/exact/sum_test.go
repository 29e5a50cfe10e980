package exact_test

import (
	"math"
	"math/big"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"polymeter.dev/internal/exact"
)

// nearest adds up with arbitrary precision.
func nearest(terms []float64) float64 {
	sum := new(big.Float).SetPrec(2500)
	for _, x := range terms {
		sum.Add(sum, new(big.Float).SetPrec(2500).SetFloat64(x))
	}
	v, _ := sum.Float64()
	return v
}

func sumOf(terms []float64) float64 {
	var s exact.Sum
	for _, x := range terms {
		s.Add(x)
	}
	return s.Value()
}

// sumsOf adds up in the second of three sums, in two batches.
func sumsOf(terms []float64) float64 {
	var s, copied exact.Sums
	s.Reset(3)
	half := len(terms) / 2
	s.AddAll(slices.Repeat([]uint32{1}, half), terms)
	copied.CopyFrom(&s)
	for _, x := range terms[half:] {
		copied.Add(1, x)
	}
	if copied.Value(0) != 0 || copied.Value(2) != 0 {
		return math.NaN()
	}
	return copied.Value(1)
}

// terms draws floats whose sum rounds at many places.
func terms() *rapid.Generator[[]float64] {
	term := rapid.OneOf(
		rapid.Float64Range(-1, 1), rapid.Float64Range(-1e300, 1e300),
		rapid.Map(rapid.IntRange(-1074, 900), func(e int) float64 { return math.Ldexp(1, e) }),
		rapid.Map(rapid.IntRange(-60, 60), func(e int) float64 { return -math.Ldexp(1+0x1p-52, e) }),
		rapid.Map(rapid.Int32(), func(n int32) float64 { return float64(n) / 10 }),
	)
	return rapid.SliceOfN(term, 0, 40)
}

func TestSumIsTheNearestFloat(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		terms := terms().Draw(t, "terms")
		want := nearest(terms)
		if got := sumOf(terms); got != want {
			t.Errorf("Sum = %v, want %v", got, want)
		}
		if got := sumsOf(terms); got != want {
			t.Errorf("Sums = %v, want %v", got, want)
		}
		var s, other exact.Sum
		for i, x := range terms {
			[]*exact.Sum{&s, &other}[i%2].Add(x)
		}
		s.Merge(&other)
		if got := s.Value(); got != want {
			t.Errorf("merged = %v, want %v", got, want)
		}
		if got := sumOf(s.Parts()); got != want {
			t.Errorf("parts %v have the sum %v, want %v", s.Parts(), got, want)
		}
	})
}

func TestHalfOfTheLastBit(t *testing.T) {
	t.Parallel()
	for _, terms := range [][]float64{
		{1, 0x1p-53, 0x1p-120},
		{1, 0x1p-53, -0x1p-120},
		{1 + 0x1p-52, 0x1p-53, -0x1p-120},
		{-1, -0x1p-53, -0x1p-120},
		{-1, -0x1p-53, 0x1p-120},
		{1, 0x1p-53},
		{1 + 0x1p-52, 0x1p-53},
	} {
		want := nearest(terms)
		if got := sumOf(terms); got != want {
			t.Errorf("%v: Sum = %v, want %v", terms, got, want)
		}
		if got := sumsOf(terms); got != want {
			t.Errorf("%v: Sums = %v, want %v", terms, got, want)
		}
	}
}

func TestWhatIsNotFinite(t *testing.T) {
	t.Parallel()
	inf := math.Inf(1)
	for _, tt := range []struct {
		terms []float64
		want  float64
	}{
		{nil, 0},
		{[]float64{1, inf, 0.1}, inf},
		{[]float64{0.1, 0.2, -inf, 0.3}, -inf},
		{[]float64{inf, 1, -inf}, math.NaN()},
		{[]float64{0.1, math.NaN(), 0.2}, math.NaN()},
		{[]float64{math.MaxFloat64, math.MaxFloat64, 1}, inf},
	} {
		for name, sum := range map[string]func([]float64) float64{"Sum": sumOf, "Sums": sumsOf} {
			if got := sum(tt.terms); got != tt.want && !(math.IsNaN(got) && math.IsNaN(tt.want)) {
				t.Errorf("%s of %v = %v, want %v", name, tt.terms, got, tt.want)
			}
		}
	}
}

// TestGroupsDoNotMatter adds up cents in every grouping that folding might bring
// about; the plain sum changes between them.
func TestGroupsDoNotMatter(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	plainDiffers := 0
	for range 2000 {
		terms := make([]float64, 20)
		plain := 0.0
		for i := range terms {
			terms[i] = float64(random.IntN(100000)) / 100
			plain += terms[i]
		}
		want := sumOf(terms)
		random.Shuffle(len(terms), func(i, j int) { terms[i], terms[j] = terms[j], terms[i] })
		var folded, living exact.Sum
		split := random.IntN(len(terms))
		for i, x := range terms {
			if i < split {
				folded.Add(x)
			} else {
				living.Add(x)
			}
		}
		for _, part := range folded.Parts() { // as an archive keeps them
			living.Add(part)
		}
		if got := living.Value(); got != want {
			t.Fatalf("%v: %v after folding, %v before", terms, got, want)
		}
		shuffled := 0.0
		for _, x := range terms {
			shuffled += x
		}
		if shuffled != plain {
			plainDiffers++
		}
	}
	if plainDiffers == 0 {
		t.Error("plain addition would have done: the test shows nothing")
	}
}

func BenchmarkAddAll(b *testing.B) {
	const n = 10_000
	var s exact.Sums
	s.Reset(n)
	numbers, whole, cents := make([]uint32, n), make([]float64, n), make([]float64, n)
	for i := range numbers {
		numbers[i], whole[i], cents[i] = uint32(i), float64(i), float64(i)/100
	}
	for name, values := range map[string][]float64{"whole": whole, "cents": cents} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				s.AddAll(numbers, values)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/value")
		})
	}
}
