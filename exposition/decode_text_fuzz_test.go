package exposition_test

import (
	"bytes"
	"errors"
	"testing"

	"polymeter.dev/exposition"
)

func FuzzTextDecoder(f *testing.F) {
	conformantText.seed(f)
	f.Fuzz(conformantText.fuzz)
}

// FuzzLeniency reads pages strictly and with every fault read over: what the first
// takes, the second takes for the same.
func FuzzLeniency(f *testing.F) {
	conformantText.seed(f)
	for _, test := range lenientTests {
		f.Add([]byte(test.page))
	}
	f.Fuzz(func(t *testing.T, page []byte) {
		options := exposition.DecodeOptions{MaxLineBytes: 1 << 16, MaxSamples: 10_000, MaxFamilies: 10_000}
		strict, strictErr := decodePage(exposition.NewTextDecoder(bytes.NewReader(page), &options))
		options.Lenient = exposition.LenientAll
		if bytes.ContainsRune(page, '\r') { // with which a help text may end
			options.Lenient &^= exposition.LenientLines
		}
		lenient, err := decodePage(exposition.NewTextDecoder(bytes.NewReader(page), &options))
		if wrong := (*exposition.DecodeError)(nil); err != nil && !errors.As(err, &wrong) {
			t.Errorf("error %v", err)
		}
		if strictErr != nil {
			return
		}
		if got, want := renderFamilies(t, lenient), renderFamilies(t, strict); err != nil || got != want {
			t.Errorf("leniently, error %v, families:\n%s\nwant:\n%s", err, got, want)
		}
	})
}
