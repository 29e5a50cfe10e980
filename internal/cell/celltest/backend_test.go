package celltest_test

import (
	"testing"

	"polymeter.dev/internal/cell"
	"polymeter.dev/internal/cell/celltest"
	"polymeter.dev/multiprocess"
)

func TestStores(t *testing.T) {
	t.Parallel()
	for name, format := range map[string]celltest.Format{"native": celltest.Native(), "floats": celltest.Floats()} {
		t.Run("memory, "+name, func(t *testing.T) {
			t.Parallel()
			celltest.TestBackend(t, func(*testing.T) (cell.Backend, func()) {
				s := celltest.New(format)
				return s, s.Close
			})
		})
	}
	for name, format := range map[string]multiprocess.Format{"native": multiprocess.FormatNative, "python": multiprocess.FormatPython} {
		t.Run("files, "+name, func(t *testing.T) {
			t.Parallel()
			celltest.TestBackend(t, func(t *testing.T) (cell.Backend, func()) {
				s, err := multiprocess.Open(t.TempDir(), &multiprocess.Options{Format: format, NoCompact: true})
				if err != nil {
					t.Skip(err) // this platform has no shared files
				}
				return s, func() { _ = s.Close() }
			})
		})
	}
}
