package metric_test

import (
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"testing"

	"polymeter.dev/metric"
)

// exactIndex computes the index of v > 0 with whole numbers only: v is at most
// 2^(i/2^n) just when its 2^n-th power is at most 2^i.
func exactIndex(schema int32, v float64) int32 {
	if math.IsInf(v, 1) {
		return exactIndex(schema, math.MaxFloat64) + 1
	}
	fraction, exponent := math.Frexp(v)
	significand := big.NewInt(int64(math.Ldexp(fraction, 53)))
	power := int64(1) << max(schema, 0)
	significand.Exp(significand, big.NewInt(power), nil)
	log := int64(significand.BitLen())
	if significand.TrailingZeroBits() == uint(log-1) {
		log-- // a power of two
	}
	index := log + power*int64(exponent-53)
	return int32(math.Ceil(math.Ldexp(float64(index), int(min(schema, 0)))))
}

func TestBucketIndexExact(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	values := []float64{
		1, 2, 0.5, 3, 1e-4, math.Pi, 1e300, math.MaxFloat64, math.Inf(1), 0x1p-128,
		math.SmallestNonzeroFloat64, 3 * math.SmallestNonzeroFloat64, 0x1p-1022,
		math.Nextafter(0x1p-1022, 0), math.Nextafter(1, 0), math.Nextafter(1, 2),
	}
	for range 300 {
		values = append(values, math.Float64frombits(random.Uint64N(0x7ff<<52)))
	}
	for schema := int32(metric.MinSchema); schema <= metric.MaxSchema; schema++ {
		for _, v := range values {
			want := exactIndex(schema, v)
			if got := metric.BucketIndex(schema, v); got != want {
				t.Errorf("BucketIndex(%d, %v) = %d, want %d", schema, v, got, want)
			}
			if got := metric.BucketIndex(schema, -v); got != want {
				t.Errorf("BucketIndex(%d, %v) = %d, want %d", schema, -v, got, want)
			}
		}
	}
}

// TestBucketBoundExact checks the bounds between 1 and 2, of which all others
// are multiples by powers of two, against whole-number roots.
func TestBucketBoundExact(t *testing.T) {
	t.Parallel()
	for k := int32(0); k < 256; k++ {
		root := new(big.Int).Lsh(big.NewInt(1), uint(52*256+k))
		for range 8 {
			root.Sqrt(root)
		}
		want := math.Ldexp(float64(root.Int64()), -52)
		if got := metric.BucketBound(8, k); got != want {
			t.Errorf("BucketBound(8, %d) = %v, want %v", k, got, want)
		}
	}
}

// TestBucketIndexAgreesWithBound goes over every bucket of every schema.
func TestBucketIndexAgreesWithBound(t *testing.T) {
	t.Parallel()
	for schema := int32(metric.MinSchema); schema <= metric.MaxSchema; schema++ {
		t.Run(fmt.Sprint(schema), func(t *testing.T) {
			t.Parallel()
			lowest := metric.BucketIndex(schema, math.SmallestNonzeroFloat64)
			highest := metric.BucketIndex(schema, math.Inf(1))
			lower := metric.BucketBound(schema, lowest-1)
			for i := lowest; i <= highest; i++ {
				upper := metric.BucketBound(schema, i)
				if upper < lower {
					t.Fatalf("bound %d is %v, below %v", i, upper, lower)
				}
				// Among the smallest numbers some buckets hold no float64.
				if first := math.Nextafter(lower, math.Inf(1)); first <= upper && lower < upper {
					for _, v := range []float64{first, math.Nextafter(upper, 0), upper} {
						if got := metric.BucketIndex(schema, v); got != i && v > lower {
							t.Fatalf("BucketIndex(%d, %v) = %d, want %d", schema, v, got, i)
						}
					}
				}
				lower = upper
			}
		})
	}
}

func TestBucketBoundEnds(t *testing.T) {
	t.Parallel()
	for schema := int32(metric.MinSchema); schema <= metric.MaxSchema; schema++ {
		last := metric.BucketIndex(schema, math.MaxFloat64)
		if got := metric.BucketBound(schema, last); got != math.MaxFloat64 {
			t.Errorf("schema %d: the bucket of MaxFloat64 ends at %v", schema, got)
		}
		if got := metric.BucketIndex(schema, math.Inf(-1)); got != last+1 {
			t.Errorf("schema %d: -Inf is in bucket %d, want %d", schema, got, last+1)
		}
		for _, beyond := range []int32{last + 1, math.MaxInt32} {
			if got := metric.BucketBound(schema, beyond); !math.IsInf(got, 1) {
				t.Errorf("BucketBound(%d, %d) = %v, want +Inf", schema, beyond, got)
			}
		}
		if got := metric.BucketBound(schema, math.MinInt32); got != 0 {
			t.Errorf("BucketBound(%d, MinInt32) = %v, want 0", schema, got)
		}
	}
	if got := metric.BucketIndex(8, math.MaxFloat64); got != 262144 {
		t.Errorf("schema 8 has MaxFloat64 in bucket %d, want 262144", got)
	}
	lowest, highest := metric.BucketIndex(8, math.SmallestNonzeroFloat64), metric.BucketIndex(8, math.Inf(1))
	if got := highest - lowest + 1; got != metric.MaxBuckets {
		t.Errorf("schema 8 has %d buckets a side, MaxBuckets is %d", got, metric.MaxBuckets)
	}
}

func TestBucketIndexOfUnusualInput(t *testing.T) {
	t.Parallel()
	for _, schema := range []int32{math.MinInt32, -53, -5, 9, math.MaxInt32} {
		for _, v := range []float64{0, math.NaN(), 1.5, math.Inf(1)} {
			index := metric.BucketIndex(schema, v) // must only return
			metric.BucketBound(schema, index)
		}
	}
}

func ExampleBucketIndex() {
	index := metric.BucketIndex(1, 3)
	fmt.Println(index, metric.BucketBound(1, index-1), metric.BucketBound(1, index))
	// Output: 4 2.82842712474619 4
}

func BenchmarkBucketIndex(b *testing.B) {
	random := rand.New(rand.NewPCG(1, 2))
	var values [1024]float64
	for i := range values {
		values[i] = random.ExpFloat64()
	}
	for _, schema := range []int32{0, 3, 8} {
		b.Run(fmt.Sprint("schema=", schema), func(b *testing.B) {
			b.ReportAllocs()
			sum, i := int32(0), 0
			for b.Loop() {
				sum += metric.BucketIndex(schema, values[i%len(values)])
				i++
			}
			_ = sum
		})
	}
}

func BenchmarkBucketBound(b *testing.B) {
	b.ReportAllocs()
	i := int32(0)
	for b.Loop() {
		metric.BucketBound(3, i&1023)
		i++
	}
}
