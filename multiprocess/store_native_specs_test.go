package multiprocess

import (
	"strconv"
	"testing"

	"polymeter.dev/internal/cell"
	"polymeter.dev/metric"
)

// TestSpecsAreForgotten declares families again and again: the store remembers
// those that have series.
func TestSpecsAreForgotten(t *testing.T) {
	t.Parallel()
	s, err := Open(t.TempDir(), &Options{Format: FormatNative, NoCompact: true})
	if err != nil {
		t.Skip(err) // this platform has no shared files
	}
	defer s.Close()
	for range 100 {
		spec := &cell.Spec{Desc: metric.Desc{Name: "c", Type: metric.TypeCounter, LabelNames: []string{"l"}}}
		for i := range 3 {
			if _, err := s.Open(spec, []string{strconv.Itoa(i)}); err != nil {
				t.Fatal(err)
			}
		}
		for i := range 4 {
			s.Remove(spec, []string{strconv.Itoa(i)})
		}
	}
	if n := len(s.format.(*nativeFormat).specs); n != 0 {
		t.Errorf("%d declarations are remembered", n)
	}
}
