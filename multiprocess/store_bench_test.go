//go:build unix

package multiprocess_test

import (
	"strconv"
	"sync/atomic"
	"testing"

	"polymeter.dev/internal/cell"
	"polymeter.dev/multiprocess"
)

// BenchmarkAdd adds to a counter in the heap and to one in a file.
func BenchmarkAdd(b *testing.B) {
	place := openPlace(b, openStore(b, b.TempDir(), multiprocess.Options{}), counterSpec())
	for name, word := range map[string]*atomic.Uint64{"heap": new(atomic.Uint64), "store": place.Words[0]} {
		counter := cell.FloatAt(word)
		b.Run(name+"/serial", func(b *testing.B) {
			for b.Loop() {
				counter.Add(1)
			}
		})
		b.Run(name+"/parallel", func(b *testing.B) {
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					counter.Add(1)
				}
			})
		})
	}
}

// BenchmarkOpenSeries opens series that are new, and one that is known.
func BenchmarkOpenSeries(b *testing.B) {
	b.Run("new counter", func(b *testing.B) {
		s, spec := openStore(b, b.TempDir(), multiprocess.Options{}), counterSpec("i")
		b.ReportAllocs()
		for i := 0; b.Loop(); i++ {
			openPlace(b, s, spec, strconv.Itoa(i))
		}
	})
	b.Run("new histogram", func(b *testing.B) {
		s, spec := openStore(b, b.TempDir(), multiprocess.Options{}), histogramSpec(.1, .2, .5, 1, 2, 5, 10)
		b.ReportAllocs()
		for i := 0; b.Loop(); i++ {
			openPlace(b, s, spec, strconv.Itoa(i), "200")
		}
	})
	b.Run("known counter", func(b *testing.B) {
		s, spec := openStore(b, b.TempDir(), multiprocess.Options{}), counterSpec("i")
		b.ReportAllocs()
		for b.Loop() {
			openPlace(b, s, spec, "1")
		}
	})
}
